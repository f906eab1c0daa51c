# The lecture's own rule of thumb: a trap costs 3000 cycles, a callout 1254, emulation in the translation cache 216.
# What it says nothing about is an assumption: Core 2 "already much faster", here half of a Pentium 4; native figures as in
# p4-672; paravirtualization as if each call were emulated in the translation cache. See p4-672.profile for the notation.

profile lecture
about   3000 a trap, 1254 a callout, 216 in the translation cache
source  L37   slide 37: about 3000 cycles a trap
source  L73   slide 73: rdtsc 2030 by trap, 1254 by callout, 216 in the translation cache
source  L90   slide 90: syscall, in, call/ret
adapt   2

# class        native     te          co          bt                 hw          core2    pv
flag           60*        3000[L37]   1254[L73]   216[L73]           =           =        216*
control        60*        3000[L37]   1254[L73]   216[L73]           3000[L37]   1500*    216*
table          60*        3000[L37]   1254[L73]   216[L73]           =           =        216*
cr-write       140*       3000[L37]   1254[L73]   216[L73]           =           =        216*
invlpg         60*        3000[L37]   1254[L73]   216[L73]           3000[L37]   1500*    216*
rdtsc          80*        3000[L37]   1254[L73]   216[L73]           =           =        216*
flags-image    10*        =           1254[L73]   216[L73]           =           =        =
unprivileged   10*        =           1254[L73]   216[L73]           =           =        =
cpuid          100*       =           1254[L73]   216[L73]           3000[L37]   1500*    216*
io             3209[L90]  3000[L37]   1254[L73]   214[L90]           15826[L90]  7913*    216*
syscall        240*       240*+6000*  240*+2000[L90]  240*+2000[L90]  =          =        240*+216*
exception      889*       3000[L37]   3000[L37]   3000[L37]          =           =        1500*
interrupt      889*       3000[L37]   3000[L37]   3000[L37]          3000[L37]   1500*    1500*
pf-true        1093*      3000[L37]   3000[L37]   3000[L37]          3000[L37]   1500*    1500*
pf-hidden      0*         3000[L37]   3000[L37]   3000[L37]          3000[L37]   1500*    0*
pf-trace       1*         3000[L37]   1254[L73]   3000[L37]/216[L73] 3000[L37]   1500*    216*
mmio           3209*      3000[L37]   1254[L73]   3000[L37]/216[L73] 15826*      7913*    216*
cr3            60*        3000[L37]   1254[L73]   216[L73]           3000[L37]   1500*    216*
hlt            0*         3000[L37]   1254[L73]   1254[L73]          3000[L37]   1500*    1254*
spurious       0*         3000[L37]   0*          0*                 0*          0*       0*
call-ret       11[L90]    =           =           51[L90]            =           =        =
translation    0*         0*          0*          0*                 0*          0*       0*
