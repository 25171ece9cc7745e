"""Every verb of PixelView; nothing changes state except through the door."""
