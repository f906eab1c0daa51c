# The terminal's doors in a real terminal (tmux): -display curses, -nographic.

CHECKS         += terminal
CHECK_terminal := $(srcdir)/tests/terminal/run $(builddir)/trap86 $(builddir)/obj/tests/realmode
