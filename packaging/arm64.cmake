# Cross-builds for arm64 on amd64 with clang and lld, against the sysroot that scripts/setup --arm64 makes.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER_TARGET aarch64-linux-gnu)
set(CMAKE_CXX_COMPILER_TARGET aarch64-linux-gnu)
set(CMAKE_EXE_LINKER_FLAGS_INIT -fuse-ld=lld)
set(CMAKE_STRIP llvm-strip-16)

get_filename_component(CMAKE_SYSROOT ${CMAKE_CURRENT_LIST_DIR}/../build/arm64-root ABSOLUTE)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${CMAKE_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR} ${CMAKE_SYSROOT}/usr/lib/aarch64-linux-gnu/pkgconfig)

# The build runs enrichd-pages.
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L ${CMAKE_SYSROOT})

# What musl-gcc does on amd64: clang with musl's headers, start files and archive.
set(musl ${CMAKE_SYSROOT}/usr/lib/aarch64-linux-musl)
set(ENRICHD_MUSL_COMPILER clang-16 --target=aarch64-linux-gnu --sysroot=${CMAKE_SYSROOT}
    -fuse-ld=lld -Wno-unused-command-line-argument
    -nostdlibinc -isystem ${CMAKE_SYSROOT}/usr/include/aarch64-linux-musl
    -nostdlib ${musl}/crt1.o ${musl}/crti.o ${musl}/crtn.o -L${musl} -lc -lgcc)
