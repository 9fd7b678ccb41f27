// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Memory of one evaluation (or of one compiled policy): values are carved out of it and are all given back
/// at once. Nothing in it has a destructor that must run.
///
/// An arena has a budget. It never refuses: it notes that it is over, and the evaluator stops at its next
/// instruction. Code that is about to make something large asks first, with charge().
/// Thread: one at a time while allocating; what was allocated may then be read by many.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace redoubt::rego {

class Arena {
  public:
    static constexpr std::size_t k_no_limit = SIZE_MAX;

    explicit Arena(std::size_t budget = k_no_limit) : budget_(budget) {}
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;
    Arena(Arena&&) = default;
    Arena& operator=(Arena&&) = default;
    ~Arena() = default;

    /// `size` bytes, aligned to 16.
    [[nodiscard]] void* allocate(std::size_t size) {
        size = (size + 15U) & ~std::size_t{15};
        if (size > left_) return allocate_slow(size);
        void* place = next_;
        next_ += size;
        left_ -= size;
        return place;
    }

    template <class T>
    [[nodiscard]] T* allocate_array(std::size_t count) {
        return static_cast<T*>(allocate(sizeof(T) * count));
    }

    /// A copy of `text` that lives as long as the arena.
    [[nodiscard]] std::string_view keep(std::string_view text);

    /// Whether `size` more bytes fit the budget; when they do not, the arena counts as over its budget from
    /// now on. Ask before making anything whose size an input decides.
    [[nodiscard]] bool charge(std::size_t size) {
        if (size <= budget_ && used() <= budget_ - size) return true;
        over_ = true;
        return false;
    }
    [[nodiscard]] bool is_over() const { return over_; }
    [[nodiscard]] std::size_t used() const { return reserved_ - left_; }
    [[nodiscard]] std::size_t budget() const { return budget_; }
    void set_budget(std::size_t budget) { budget_ = budget; }

    /// Forgets everything that was allocated; keeps the first blocks for the next user.
    void reset();

  private:
    struct Block {
        std::unique_ptr<std::byte[]> memory;
        std::size_t size = 0;
    };

    [[nodiscard]] void* allocate_slow(std::size_t size);

    std::byte* next_ = nullptr;
    std::size_t left_ = 0;
    std::size_t reserved_ = 0; ///< bytes of the blocks in use
    std::size_t budget_ = k_no_limit;
    bool over_ = false;
    std::size_t current_ = 0; ///< blocks in use
    std::vector<Block> blocks_;
};

} // namespace redoubt::rego
