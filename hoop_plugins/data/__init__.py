"""Everything that holds or moves data: label fields, the store, masks, videos."""
