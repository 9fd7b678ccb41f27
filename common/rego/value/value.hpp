// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The values of Rego: a 16-byte handle, immutable, copied freely. What it points to lies in an arena, which
/// must outlive it. There are no reference counts: values of a compiled policy and its data may be read by
/// any number of threads; values of one evaluation belong to its thread.
///
///     ArrayBuilder names;
///     names.push(arena_string(arena, "a"));
///     Value list = names.build(arena);

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/rego/value/arena.hpp"
#include "common/rego/value/number.hpp"

namespace redoubt::rego {

/// In the total order of values. `undefined` is no value: it marks the absence of one.
enum class Kind : std::uint8_t { null, boolean, number, string, array, object, set, undefined };

/// "null", "boolean", "number", "string", "array", "object", "set", as error texts and type_name() say.
[[nodiscard]] std::string_view name_of(Kind kind);

class Value;
struct Member;
struct StringRep;
struct ArrayRep;
struct ObjectRep;

class Value {
  public:
    /// Undefined.
    constexpr Value() : kind_(Kind::undefined) {}
    [[nodiscard]] static constexpr Value null() { return Value(Kind::null, 1, 0); }
    [[nodiscard]] static constexpr Value boolean(bool truth) {
        return Value(Kind::boolean, truth ? 3U : 2U, truth ? 1 : 0);
    }
    [[nodiscard]] static Value integer(std::int64_t value);
    [[nodiscard]] static Value number(const Number& number);
    /// An empty set, array, object; they need no arena.
    [[nodiscard]] static Value empty_set();
    [[nodiscard]] static Value empty_array();
    [[nodiscard]] static Value empty_object();
    [[nodiscard]] static Value empty_string();

    [[nodiscard]] Kind kind() const { return kind_; }
    [[nodiscard]] bool is_defined() const { return kind_ != Kind::undefined; }
    [[nodiscard]] bool is_undefined() const { return kind_ == Kind::undefined; }
    [[nodiscard]] bool is_null() const { return kind_ == Kind::null; }
    [[nodiscard]] bool is_boolean() const { return kind_ == Kind::boolean; }
    [[nodiscard]] bool is_number() const { return kind_ == Kind::number; }
    [[nodiscard]] bool is_string() const { return kind_ == Kind::string; }
    [[nodiscard]] bool is_array() const { return kind_ == Kind::array; }
    [[nodiscard]] bool is_object() const { return kind_ == Kind::object; }
    [[nodiscard]] bool is_set() const { return kind_ == Kind::set; }
    [[nodiscard]] bool is_collection() const { return is_array() || is_object() || is_set(); }
    [[nodiscard]] bool is_true() const { return kind_ == Kind::boolean && payload_.integer == 1; }
    [[nodiscard]] bool is_false() const { return kind_ == Kind::boolean && payload_.integer == 0; }
    [[nodiscard]] bool is_small_integer() const { return kind_ == Kind::number && form_ == Form::small; }

    // Each of these needs the kind it names.
    [[nodiscard]] bool as_boolean() const { return payload_.integer == 1; }
    [[nodiscard]] std::int64_t small_integer() const { return payload_.integer; }
    [[nodiscard]] Number as_number() const;
    [[nodiscard]] std::string_view as_string() const;
    /// Of an array, or of a set in its order.
    [[nodiscard]] std::span<const Value> items() const;
    /// Of an object, in the order of its keys.
    [[nodiscard]] std::span<const Member> members() const;
    /// Items or members of a collection; bytes of a string.
    [[nodiscard]] std::size_t size() const;

    /// What `this[key]` is: an array's item, an object's member, a set's element itself; undefined otherwise.
    [[nodiscard]] Value at(const Value& key) const;
    /// An object's member of that name; undefined otherwise.
    [[nodiscard]] Value at(std::string_view key) const;
    /// Whether a set has the element.
    [[nodiscard]] bool contains(const Value& element) const { return is_set() && at(element).is_defined(); }

    [[nodiscard]] std::uint32_t hash() const { return hash_; }
    [[nodiscard]] bool operator==(const Value& other) const {
        if (kind_ != other.kind_ || hash_ != other.hash_) return false;
        if (payload_.integer == other.payload_.integer && form_ == other.form_) return true;
        return equals_slow(other);
    }
    /// Same value in the same place: quick, and false says nothing.
    [[nodiscard]] bool is_same(const Value& other) const {
        return kind_ == other.kind_ && form_ == other.form_ && payload_.integer == other.payload_.integer;
    }

  private:
    enum class Form : std::uint8_t { small, rep };
    union Payload {
        std::int64_t integer;
        const StringRep* string;
        const ArrayRep* array;
        const ObjectRep* object;
        const NumberRep* number;
        constexpr Payload() : integer(0) {}
    };

    constexpr Value(Kind kind, std::uint32_t hash, std::int64_t payload) : kind_(kind), hash_(hash) {
        payload_.integer = payload;
    }
    [[nodiscard]] bool equals_slow(const Value& other) const;
    friend class ValueAccess;

    Kind kind_;
    Form form_ = Form::small;
    std::uint32_t hash_ = 0;
    Payload payload_;
};
static_assert(sizeof(Value) == 16);

struct Member {
    Value key;
    Value value;
};

/// The total order: by kind, then by value; arrays and sets item by item, objects by keys first (as OPA does:
/// key by key, each with its value).
[[nodiscard]] std::strong_ordering compare(const Value& a, const Value& b);

[[nodiscard]] Value make_string(Arena& arena, std::string_view text);
/// An array of exactly these items, copied.
[[nodiscard]] Value make_array(Arena& arena, std::span<const Value> items);
/// A set of these, which are put in order; duplicates fall away. `items` is used as scratch.
[[nodiscard]] Value make_set(Arena& arena, std::span<Value> items);
/// Items must already be in strict order.
[[nodiscard]] Value make_sorted_set(Arena& arena, std::span<const Value> items);
/// Members must already be in strict order of keys.
[[nodiscard]] Value make_sorted_object(Arena& arena, std::span<const Member> members);
/// A deep copy of `value` into another arena.
[[nodiscard]] Value copy_value(Arena& arena, const Value& value);

class ArrayBuilder {
  public:
    void push(const Value& item) { items_.push_back(item); }
    void reserve(std::size_t count) { items_.reserve(count); }
    [[nodiscard]] std::size_t size() const { return items_.size(); }
    void clear() { items_.clear(); }
    [[nodiscard]] std::span<const Value> items() const { return items_; }
    [[nodiscard]] Value build(Arena& arena) const { return make_array(arena, items_); }

  private:
    std::vector<Value> items_;
};

/// Collects elements; duplicates cost no more than twice the distinct ones' memory.
class SetBuilder {
  public:
    void insert(const Value& element) {
        items_.push_back(element);
        if (items_.size() >= threshold_) compact();
    }
    [[nodiscard]] Value build(Arena& arena) { return make_set(arena, items_); }
    [[nodiscard]] std::size_t size() const { return items_.size(); }
    void clear() {
        items_.clear();
        threshold_ = 1024;
    }

  private:
    void compact();

    std::vector<Value> items_;
    std::size_t threshold_ = 1024;
};

class ObjectBuilder {
  public:
    /// Sets a member; of several with one key the last stays.
    void insert(const Value& key, const Value& value) {
        members_.push_back({key, value});
        if (members_.size() >= threshold_) compact();
    }
    [[nodiscard]] std::size_t size() const { return members_.size(); }
    [[nodiscard]] Value build(Arena& arena) {
        compact();
        return make_sorted_object(arena, members_);
    }
    /// Whether some key was given two different values. Ask before build().
    [[nodiscard]] bool has_conflict() {
        compact();
        return conflict_;
    }
    void clear() {
        members_.clear();
        threshold_ = 1024;
        conflict_ = false;
    }

  private:
    void compact();

    std::vector<Member> members_;
    std::size_t threshold_ = 1024;
    bool conflict_ = false;
};

} // namespace redoubt::rego
