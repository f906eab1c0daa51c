# For gdb at a trap86 guest: source docs/trap86.gdb
# Chooses between 16-bit and 32-bit disassembly at each stop, and shows where a 16-bit program is.
define hook-stop
  if $cs_d
    set architecture i386
  else
    set architecture i8086
    printf "%04x:%04x\n", $cs, $ip
  end
end
define reset
  monitor system_reset
end
document reset
The reset button.
end
