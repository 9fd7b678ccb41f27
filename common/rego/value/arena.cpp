// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/value/arena.hpp"

#include <algorithm>
#include <cstring>

namespace redoubt::rego {
namespace {

constexpr std::size_t k_first_block = 16U << 10U;
constexpr std::size_t k_largest_block = 1U << 20U;
constexpr std::size_t k_kept = 1U << 20U;

} // namespace

void* Arena::allocate_slow(std::size_t size) {
    // The rest of the block in use is lost; it counts as used.
    while (current_ < blocks_.size() && blocks_[current_].size < size) {
        blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(current_));
    }
    if (current_ == blocks_.size()) {
        const std::size_t doubled =
            std::min(k_first_block << std::min<std::size_t>(blocks_.size(), 6), k_largest_block);
        const std::size_t wanted = std::max(size, doubled);
        // operator new[] of bytes is aligned to 16 on every platform we build for.
        blocks_.push_back({std::make_unique_for_overwrite<std::byte[]>(wanted), wanted});
    }
    const Block& block = blocks_[current_++];
    reserved_ += block.size;
    next_ = block.memory.get() + size;
    left_ = block.size - size;
    if (used() > budget_) over_ = true;
    return block.memory.get();
}

std::string_view Arena::keep(std::string_view text) {
    if (text.empty()) return {};
    char* place = allocate_array<char>(text.size());
    std::memcpy(place, text.data(), text.size());
    return {place, text.size()};
}

void Arena::reset() {
    std::size_t kept = 0;
    std::size_t count = 0;
    while (count < blocks_.size() && kept + blocks_[count].size <= k_kept) kept += blocks_[count++].size;
    blocks_.resize(count);
    next_ = nullptr;
    left_ = 0;
    reserved_ = 0;
    current_ = 0;
    over_ = false;
}

} // namespace redoubt::rego
