// Memory that is read at random: a large table in pages of 2 MiB costs fewer misses of the translation cache.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <limits>
#include <new>

namespace enrichd {

/// Asks the kernel for huge pages where an allocation is large enough to have several (madvise(2),
/// MADV_HUGEPAGE). Where there are none, ordinary pages serve as well.
template <class T>
struct HugePageAllocator {
    using value_type = T;
    static constexpr std::size_t page = std::size_t{2} << 20U;

    HugePageAllocator() = default;
    template <class Other>
    explicit(false) HugePageAllocator(const HugePageAllocator<Other>& /*other*/) {}

    T* allocate(std::size_t count) {
        if (count > std::numeric_limits<std::size_t>::max() / 2 / sizeof(T)) throw std::bad_alloc();
        const std::size_t bytes = count * sizeof(T);
        if (bytes < 2 * page) return static_cast<T*>(::operator new(bytes));
        const std::size_t whole_pages = (bytes + page - 1) / page * page;
        void* const memory = std::aligned_alloc(page, whole_pages);
        if (memory == nullptr) throw std::bad_alloc();
        (void)::madvise(memory, whole_pages, MADV_HUGEPAGE);  // advice: nothing depends on it
        return static_cast<T*>(memory);
    }
    void deallocate(T* memory, std::size_t count) {
        if (count * sizeof(T) < 2 * page)
            ::operator delete(memory);
        else
            std::free(memory);
    }

    bool operator==(const HugePageAllocator& /*other*/) const { return true; }
};

}  // namespace enrichd
