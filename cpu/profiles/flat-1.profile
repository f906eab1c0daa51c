# For counting: natively an event costs nothing, under every strategy one cycle. A strategy's total less the native one is the
# number of events.

profile flat-1
about   one cycle for each event, to count them
source  def   by definition
adapt   1

# class        native  te      co      bt      hw      core2   pv
flag           0[def]  1[def]  1[def]  1[def]  1[def]  1[def]  1[def]
control        0[def]  1[def]  1[def]  1[def]  1[def]  1[def]  1[def]
table          0[def]  1[def]  1[def]  1[def]  1[def]  1[def]  1[def]
cr-write       0[def]  1[def]  1[def]  1[def]  1[def]  1[def]  1[def]
invlpg         0[def]  1[def]  1[def]  1[def]  1[def]  1[def]  1[def]
rdtsc          0[def]  1[def]  1[def]  1[def]  1[def]  1[def]  1[def]
flags-image    0[def]  1[def]  1[def]  1[def]  1[def]  1[def]  1[def]
unprivileged   0[def]  1[def]  1[def]  1[def]  1[def]  1[def]  1[def]
cpuid          0[def]  1[def]  1[def]  1[def]  1[def]  1[def]  1[def]
io             0[def]  1[def]  1[def]  1[def]  1[def]  1[def]  1[def]
syscall        0[def]  1[def]  1[def]  1[def]  1[def]  1[def]  1[def]
exception      0[def]  1[def]  1[def]  1[def]  1[def]  1[def]  1[def]
interrupt      0[def]  1[def]  1[def]  1[def]  1[def]  1[def]  1[def]
pf-true        0[def]  1[def]  1[def]  1[def]  1[def]  1[def]  1[def]
pf-hidden      0[def]  1[def]  1[def]  1[def]  1[def]  1[def]  1[def]
pf-trace       0[def]  1[def]  1[def]  1[def]  1[def]  1[def]  1[def]
mmio           0[def]  1[def]  1[def]  1[def]  1[def]  1[def]  1[def]
cr3            0[def]  1[def]  1[def]  1[def]  1[def]  1[def]  1[def]
hlt            0[def]  1[def]  1[def]  1[def]  1[def]  1[def]  1[def]
spurious       0[def]  1[def]  1[def]  1[def]  1[def]  1[def]  1[def]
call-ret       0[def]  1[def]  1[def]  1[def]  1[def]  1[def]  1[def]
translation    0[def]  1[def]  1[def]  1[def]  1[def]  1[def]  1[def]
