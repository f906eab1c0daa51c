# What events cost on a Pentium 4 672 (3.8 GHz, VT-x), the machine of Adams and Agesen, with the Core 2 beside it.
#
# A figure is N[SOURCE], published there; N*, an assumption of this project; or a sum of both. "=" is the native figure.
# bt of some classes is A/B: A until the site has trapped `adapt` times, B from then on. All are cycles. A charge stands
# for the whole instruction, or the whole round trip of an entry into the kernel. Nested paging is not modelled.

profile p4-672
about   Pentium 4 672 (VT-x of the first generation) and Core 2, after Adams and Agesen 2006
source  AA    K. Adams, O. Agesen: A Comparison of Software and Hardware Techniques for x86 Virtualization, ASPLOS 2006
source  L     C. Seifert's lecture of 30 January 2014, slides 37, 73, 90
source  AA2   figures of Adams and Agesen as a later research note quotes them
source  D     arithmetic with the above: 2834 = 3927 - 1093, the extra cost of a page fault under the software VMM
adapt   2

# class        native     te               co               bt               hw         core2      pv
flag           60*        2030[L]          1254[L]          5*               =          =          5*
control        60*        2030[L]          1254[L]          35*              4340*      2123*      35*
table          60*        2030[L]          1254[L]          35*              =          =          35*
# cr8wr of Adams and Agesen; IA-32 has no CR8. Their native figure is 4 times that of the software VMM.
cr-write       140[AA]    2030[L]          1254[L]          35[AA]           140[AA]    =          35*
invlpg         60*        2030[L]          1254[L]          300*             4340*      2123*      157*
rdtsc          80*        2030[L]          1254[L]          216[L]           =          =          216*
# Trap-and-emulate does not see these: they leak, at the native price.
flags-image    10*        =                1254[L]          5*               =          =          =
unprivileged   10*        =                1254[L]          51*              =          =          =
cpuid          100*       =                1254[L]          216*             4340*      2123*      216*
# 214: the device's model in the translation cache. Traps and callouts come on top of it.
io             3209[AA]   2030[L]+214*     1254[L]+214*     214[AA]          15826[AA]  7740*      200*
syscall        240*       240*+4668*       240*+2000[AA]    240*+2000[AA]    =          =          240*+250*
exception      889[AA]    3223[AA]         3223[AA]         3223[AA]         1014[AA]   1014*      1500*
interrupt      889*       3223*            3223*            3223*            4340*+889* 2123*+889* 1500*
pf-true        1093[AA]   3927[AA]         3927[AA]         3927[AA]         11242[AA]  5500*      2000*
pf-hidden      0*         2834*            2834*            2834*            10149*     4964*      0*
pf-trace       1[AA]      2834*            1254[L]          2834*/391[AA]    12733[AA]  6228*      157*
mmio           3209*      2834*+214*       1254*+214*       2834*+214*/391*  15826*     7740*      200*
cr3            60*        2030[L]          1254[L]          300*             4340*      2123*      1000*
hlt            0*         2030[L]          1254[L]          1254[L]          4340*      2123*      1254*
spurious       0*         2030*            0*               0*               0*         0*         0*
call-ret       11[AA]     =                =                11[AA]+40[AA]    =          =          =
translation    0*         0*               0*               2300[AA2]        0*         0*         0*
