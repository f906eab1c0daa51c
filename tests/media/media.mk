# Real media through the BIOS: rescue floppies and CDs, boot loaders, Debian on a disk. What is not installed is skipped.

CHECKS      += media
CHECK_media := $(srcdir)/tests/media/run $(builddir)/trap86 $(builddir)/obj/tests/media
