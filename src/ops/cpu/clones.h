// LAUREL_CLONES: compiles a kernel once per instruction set; the loader picks the machine's. The
// program's only macro. Empty where the compiler has no clones of templates, and under sanitizers,
// whose runtime is not ready when the loader picks.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define LAUREL_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define LAUREL_CLONES
#endif
