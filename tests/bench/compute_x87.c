/* mandel and x87b: x87 code. Only operations that IEEE 754 defines to the last bit (add, multiply, divide, square
 * root, conversion) are used, so that the checksum must agree everywhere. */
#include "tests/bench/guest.h"

#define BODIES 5
#define ORDER 24

u32 mandel_run(void) {
    u32 sum = 0;

    for (u32 row = 0; row < 150; row++)
        for (u32 column = 0; column < 200; column++) {
            double cr = column * (3.0 / 200) - 2.2, ci = row * (2.4 / 150) - 1.2, zr = 0, zi = 0;
            u32 n = 0;
            for (; n < 900; n++) {
                double r2 = zr * zr, i2 = zi * zi;
                if (r2 + i2 > 4.0)
                    break;
                zi = 2 * zr * zi + ci;
                zr = r2 - i2 + cr;
            }
            sum = checksum_add(sum, n);
        }
    return sum;
}

struct body {
    double x[3], v[3], mass;
};

static NOINLINE void bodies_step(struct body *b, double dt) {
    for (u32 i = 0; i < BODIES; i++)
        for (u32 j = i + 1; j < BODIES; j++) {
            double d[3], squares = 0.01, pull;
            for (u32 k = 0; k < 3; k++) {
                d[k] = b[i].x[k] - b[j].x[k];
                squares += d[k] * d[k];
            }
            pull = dt / (squares * __builtin_sqrt(squares));
            for (u32 k = 0; k < 3; k++) {
                b[i].v[k] -= d[k] * b[j].mass * pull;
                b[j].v[k] += d[k] * b[i].mass * pull;
            }
        }
    for (u32 i = 0; i < BODIES; i++)
        for (u32 k = 0; k < 3; k++)
            b[i].x[k] += dt * b[i].v[k];
}

static NOINLINE void matrix_multiply(double (*c)[ORDER], double (*a)[ORDER], float (*b)[ORDER]) {
    for (u32 i = 0; i < ORDER; i++)
        for (u32 j = 0; j < ORDER; j++) {
            double cell = 0;
            for (u32 k = 0; k < ORDER; k++)
                cell += a[i][k] * b[k][j];
            c[i][j] = cell;
        }
}

static u32 double_fold(u32 sum, double value) {
    u32 half[2];
    __builtin_memcpy(half, &value, sizeof half);
    return checksum_add(checksum_add(sum, half[0]), half[1]);
}

u32 x87b_run(void) {
    struct body *b = (struct body *)arena;
    double (*a)[ORDER] = (void *)(arena + 4096), (*c)[ORDER] = (void *)(arena + 3 * 4096);
    float (*f)[ORDER] = (void *)(arena + 5 * 4096);
    u32 sum = 0, seed = 4;

    for (u32 i = 0; i < BODIES; i++) {
        b[i].mass = 1.0 + i;
        for (u32 k = 0; k < 3; k++) {
            b[i].x[k] = (s32)random_next(&seed) * (1.0 / (1u << 30));
            b[i].v[k] = (s32)random_next(&seed) * (0.1 / (1u << 30));
        }
    }
    for (u32 i = 0; i < ORDER * ORDER; i++) {
        a[i / ORDER][i % ORDER] = (s32)random_next(&seed) * (1.0 / (1u << 31));
        f[i / ORDER][i % ORDER] = (float)(random_next(&seed) >> 20);
    }
    for (u32 round = 0; round < 480; round++) {
        for (u32 i = 0; i < 150; i++)
            bodies_step(b, 0.001);
        matrix_multiply(c, a, f);
        for (u32 i = 0; i < ORDER; i++)
            sum = checksum_add(sum, (u32)(s32)(c[i][round % ORDER] / (1.5 + i)));
        a[round % ORDER][round * 5 % ORDER] = c[round * 7 % ORDER][0] / 4096;
    }
    for (u32 i = 0; i < BODIES; i++)
        sum = double_fold(sum, b[i].x[i % 3] + b[i].v[0]);
    return sum;
}
