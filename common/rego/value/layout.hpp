// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// How values lie in an arena. For the files of common/rego/value only.

#include <bit>
#include <cstdint>
#include <cstring>

#include "common/rego/value/value.hpp"

namespace redoubt::rego {

struct alignas(16) StringRep {
    std::uint32_t size;

    [[nodiscard]] const char* data() const { return reinterpret_cast<const char*>(this + 1); }
    [[nodiscard]] char* data() { return reinterpret_cast<char*>(this + 1); }
};

/// Arrays and sets. A set of more than a few items has a hash index behind them.
struct alignas(16) ArrayRep {
    std::uint32_t count;
    std::uint32_t mask; ///< slots of the index less one; 0: none

    [[nodiscard]] const Value* items() const { return reinterpret_cast<const Value*>(this + 1); }
    [[nodiscard]] Value* items() { return reinterpret_cast<Value*>(this + 1); }
    [[nodiscard]] const std::uint32_t* index() const {
        return reinterpret_cast<const std::uint32_t*>(items() + count);
    }
    [[nodiscard]] std::uint32_t* index() { return reinterpret_cast<std::uint32_t*>(items() + count); }
};

struct alignas(16) ObjectRep {
    std::uint32_t count;
    std::uint32_t mask;

    [[nodiscard]] const Member* members() const { return reinterpret_cast<const Member*>(this + 1); }
    [[nodiscard]] Member* members() { return reinterpret_cast<Member*>(this + 1); }
    [[nodiscard]] const std::uint32_t* index() const {
        return reinterpret_cast<const std::uint32_t*>(members() + count);
    }
    [[nodiscard]] std::uint32_t* index() { return reinterpret_cast<std::uint32_t*>(members() + count); }
};

/// Makes handles out of reps.
class ValueAccess {
  public:
    [[nodiscard]] static Value string(const StringRep* rep, std::uint32_t hash) {
        Value value = made(Kind::string, hash);
        value.payload_.string = rep;
        return value;
    }
    [[nodiscard]] static Value array(Kind kind, const ArrayRep* rep, std::uint32_t hash) {
        Value value = made(kind, hash);
        value.payload_.array = rep;
        return value;
    }
    [[nodiscard]] static Value object(const ObjectRep* rep, std::uint32_t hash) {
        Value value = made(Kind::object, hash);
        value.payload_.object = rep;
        return value;
    }
    [[nodiscard]] static Value number(const NumberRep* rep) {
        Value value = made(Kind::number, rep->hash);
        value.payload_.number = rep;
        return value;
    }
    [[nodiscard]] static const StringRep* string_of(const Value& value) { return value.payload_.string; }
    [[nodiscard]] static const ArrayRep* array_of(const Value& value) { return value.payload_.array; }
    [[nodiscard]] static const ObjectRep* object_of(const Value& value) { return value.payload_.object; }

  private:
    [[nodiscard]] static Value made(Kind kind, std::uint32_t hash) {
        Value value;
        value.kind_ = kind;
        value.form_ = Value::Form::rep;
        value.hash_ = hash;
        return value;
    }
};

[[nodiscard]] inline std::uint32_t mix(std::uint64_t bits) {
    bits ^= bits >> 32U;
    bits *= 0xd6e8feb86659fd93U;
    bits ^= bits >> 32U;
    bits *= 0xd6e8feb86659fd93U;
    bits ^= bits >> 32U;
    return static_cast<std::uint32_t>(bits);
}

/// A multiplicative hash, eight bytes at a time. Not secret: tables fall back to order when it collides.
[[nodiscard]] inline std::uint32_t hash_text(std::string_view text) {
    std::uint64_t state = 0x9e3779b97f4a7c15U ^ (text.size() * 0xff51afd7ed558ccdU);
    const char* at = text.data();
    std::size_t left = text.size();
    for (; left >= 8; at += 8, left -= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, 8);
        state = std::rotl((state ^ word) * 0x9fb21c651e98df25U, 29);
    }
    if (left > 0) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, left);
        state = (state ^ word) * 0x9fb21c651e98df25U;
    }
    return mix(state);
}

} // namespace redoubt::rego
