"""Time, gravity, and where the rims are. Meters and seconds; the origin is the court's middle."""

FPS = 30
DT = 1 / FPS
RIM_X, RIM_Z, RIM_RADIUS = 12.425, 3.05, 0.225
GRAVITY = 9.81
