/* The control of the sweep: the algorithm of the llvm backend in C, rows lo <= n < hi of y = d x + sum of terms
   y[v t] += c x[u t] for t = 1..length; arrays are indexed from 1. */
#include <stdint.h>
typedef int64_t i64;
enum { BLOCK = 4096 };

static i64 least(i64 a, i64 b) { return a < b ? a : b; }
static i64 most(i64 a, i64 b) { return a > b ? a : b; }

void sweep(double *restrict y, const double *restrict x, const double *restrict d, i64 lo, i64 hi, i64 N, i64 terms,
           const i64 *u, const i64 *v, const i64 *length, const double *c)
{
    y -= 1, x -= 1, d -= 1;
    for (i64 n = lo; n < hi; n++)
        y[n] = d[n] * x[n];
    for (i64 b = (lo - 1) / BLOCK * BLOCK + 1; b <= N; b += BLOCK)
        for (i64 k = 0; k < terms; k++) {
            if (v[k] != 1)
                continue;
            i64 first = most((b + u[k] - 1) / u[k], lo), last = least((b + BLOCK - 1) / u[k], length[k]);
            for (i64 t = first; t < least(last + 1, hi); t++)
                y[t] += c[k] * x[u[k] * t];
        }
    for (i64 b = (lo - 1) / BLOCK * BLOCK + 1; b < hi; b += BLOCK)
        for (i64 k = 0; k < terms; k++) {
            if (v[k] == 1)
                continue;
            i64 first = (most(b, lo) + v[k] - 1) / v[k], last = least((least(b + BLOCK, hi) - 1) / v[k], length[k]);
            for (i64 t = first; t <= last; t++)
                y[v[k] * t] += c[k] * x[u[k] * t];
        }
}
