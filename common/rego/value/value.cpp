// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/value/value.hpp"

#include "common/rego/value/layout.hpp"

namespace redoubt::rego {
namespace {

constexpr std::uint32_t k_empty_slot = UINT32_MAX;
constexpr StringRep k_no_text{0};
constexpr ArrayRep k_no_items{0, 0};
constexpr ObjectRep k_no_members{0, 0};
constexpr std::uint32_t k_empty_array_hash = 11;
constexpr std::uint32_t k_empty_set_hash = 13;
constexpr std::uint32_t k_empty_object_hash = 17;
/// How far a lookup looks around its slot; a table that would need more has no index.
constexpr std::uint32_t k_longest_probe = 32;

const Value& key_of(const Value* item) {
    return *item;
}
const Value& key_of(const Member* member) {
    return member->key;
}

template <class Item>
const Item* find_ordered(const Item* items, std::uint32_t count, const Value& key) {
    std::uint32_t low = 0;
    std::uint32_t high = count;
    while (low < high) {
        const std::uint32_t middle = low + ((high - low) / 2);
        const auto order = compare(key_of(items + middle), key);
        if (order == 0) return items + middle;
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return nullptr;
}

template <class Item, class Matches>
const Item* find_item(const Item* items, std::uint32_t count, std::uint32_t mask, const std::uint32_t* index,
                      std::uint32_t hash, const Matches& matches) {
    if (mask == 0) {
        for (std::uint32_t i = 0; i < count; ++i) {
            if (key_of(items + i).hash() == hash && matches(key_of(items + i))) return items + i;
        }
        return nullptr;
    }
    for (std::uint32_t i = 0; i < k_longest_probe; ++i) {
        const std::uint32_t at = index[(hash + i) & mask];
        if (at == k_empty_slot) return nullptr;
        if (key_of(items + at).hash() == hash && matches(key_of(items + at))) return items + at;
    }
    return nullptr;
}

template <class Item>
const Item* find_value(const Item* items, std::uint32_t count, std::uint32_t mask, const std::uint32_t* index,
                       const Value& key) {
    // Without an index and not small: the hashes collided too much.
    if (mask == 0 && count > 8) return find_ordered(items, count, key);
    return find_item(items, count, mask, index, key.hash(),
                     [&key](const Value& other) { return other == key; });
}

std::uint32_t slots_for(std::size_t count) {
    return count > 8 ? static_cast<std::uint32_t>(std::bit_ceil(count * 2)) : 0;
}

/// Fills the index; gives its mask, or 0 when a probe got too long.
template <class Item>
std::uint32_t build_index(const Item* items, std::uint32_t count, std::uint32_t slots, std::uint32_t* index) {
    if (slots == 0) return 0;
    std::fill_n(index, slots, k_empty_slot);
    const std::uint32_t mask = slots - 1;
    for (std::uint32_t i = 0; i < count; ++i) {
        std::uint32_t probe = 0;
        const std::uint32_t hash = key_of(items + i).hash();
        while (index[(hash + probe) & mask] != k_empty_slot) {
            if (++probe == k_longest_probe) return 0;
        }
        index[(hash + probe) & mask] = i;
    }
    return mask;
}

ArrayRep* make_items(Arena& arena, std::span<const Value> items, std::uint32_t slots, std::uint32_t& hash) {
    auto* rep = static_cast<ArrayRep*>(
        arena.allocate(sizeof(ArrayRep) + items.size_bytes() + (slots * sizeof(std::uint32_t))));
    rep->count = static_cast<std::uint32_t>(items.size());
    rep->mask = 0;
    std::uint64_t state = hash;
    Value* place = rep->items();
    for (const Value& item : items) {
        *place++ = item;
        state = (state ^ item.hash()) * 0x9fb21c651e98df25U;
    }
    hash = mix(state);
    return rep;
}

std::strong_ordering compare_sequences(std::span<const Value> a, std::span<const Value> b) {
    const std::size_t common = std::min(a.size(), b.size());
    for (std::size_t i = 0; i < common; ++i) {
        if (const auto order = compare(a[i], b[i]); order != 0) return order;
    }
    return a.size() <=> b.size();
}

std::strong_ordering compare_members(std::span<const Member> a, std::span<const Member> b) {
    const std::size_t common = std::min(a.size(), b.size());
    for (std::size_t i = 0; i < common; ++i) {
        if (const auto order = compare(a[i].key, b[i].key); order != 0) return order;
        if (const auto order = compare(a[i].value, b[i].value); order != 0) return order;
    }
    return a.size() <=> b.size();
}

std::uint32_t hash_small(std::int64_t value) {
    return mix(static_cast<std::uint64_t>(value) + 0x632be59bd9b4e019U);
}

} // namespace

std::string_view name_of(Kind kind) {
    switch (kind) {
    case Kind::null: return "null";
    case Kind::boolean: return "boolean";
    case Kind::number: return "number";
    case Kind::string: return "string";
    case Kind::array: return "array";
    case Kind::object: return "object";
    case Kind::set: return "set";
    case Kind::undefined: break;
    }
    return "undefined";
}

Value Value::integer(std::int64_t value) {
    return {Kind::number, hash_small(value), value};
}

Value Value::number(const Number& number) {
    return number.is_small() ? integer(number.small()) : ValueAccess::number(number.rep());
}

Value Value::empty_set() {
    return ValueAccess::array(Kind::set, &k_no_items, k_empty_set_hash);
}
Value Value::empty_array() {
    return ValueAccess::array(Kind::array, &k_no_items, k_empty_array_hash);
}
Value Value::empty_object() {
    return ValueAccess::object(&k_no_members, k_empty_object_hash);
}
Value Value::empty_string() {
    return ValueAccess::string(&k_no_text, hash_text({}));
}

Number Value::as_number() const {
    return form_ == Form::small ? Number(payload_.integer) : Number(payload_.number);
}

std::string_view Value::as_string() const {
    return {payload_.string->data(), payload_.string->size};
}

std::span<const Value> Value::items() const {
    return {payload_.array->items(), payload_.array->count};
}

std::span<const Member> Value::members() const {
    return {payload_.object->members(), payload_.object->count};
}

std::size_t Value::size() const {
    switch (kind_) {
    case Kind::string: return payload_.string->size;
    case Kind::array:
    case Kind::set: return payload_.array->count;
    case Kind::object: return payload_.object->count;
    case Kind::null:
    case Kind::boolean:
    case Kind::number:
    case Kind::undefined: break;
    }
    return 0;
}

Value Value::at(const Value& key) const {
    if (kind_ == Kind::object) {
        const ObjectRep* rep = payload_.object;
        const Member* found = find_value(rep->members(), rep->count, rep->mask, rep->index(), key);
        return found == nullptr ? Value() : found->value;
    }
    if (kind_ == Kind::array) {
        if (!key.is_number()) return {};
        const auto position = key.as_number().to_int64();
        if (!position || *position < 0 || *position >= static_cast<std::int64_t>(payload_.array->count))
            return {};
        return payload_.array->items()[*position];
    }
    if (kind_ == Kind::set) {
        const ArrayRep* rep = payload_.array;
        const Value* found = find_value(rep->items(), rep->count, rep->mask, rep->index(), key);
        return found == nullptr ? Value() : *found;
    }
    return {};
}

Value Value::at(std::string_view key) const {
    if (kind_ != Kind::object) return {};
    const ObjectRep* rep = payload_.object;
    const auto matches = [key](const Value& other) { return other.is_string() && other.as_string() == key; };
    if (rep->mask == 0 && rep->count > 8) {
        for (const Member& member : members()) {
            if (matches(member.key)) return member.value;
        }
        return {};
    }
    const Member* found =
        find_item(rep->members(), rep->count, rep->mask, rep->index(), hash_text(key), matches);
    return found == nullptr ? Value() : found->value;
}

bool Value::equals_slow(const Value& other) const {
    switch (kind_) {
    case Kind::number: return compare(as_number(), other.as_number()) == 0;
    case Kind::string: return as_string() == other.as_string();
    case Kind::array:
    case Kind::set: {
        const auto mine = items();
        const auto others = other.items();
        return std::equal(mine.begin(), mine.end(), others.begin(), others.end());
    }
    case Kind::object: {
        const auto mine = members();
        const auto others = other.members();
        return std::equal(
            mine.begin(), mine.end(), others.begin(), others.end(),
            [](const Member& a, const Member& b) { return a.key == b.key && a.value == b.value; });
    }
    case Kind::null:
    case Kind::boolean:
    case Kind::undefined: break;
    }
    return payload_.integer == other.payload_.integer;
}

std::strong_ordering compare(const Value& a, const Value& b) {
    if (a.kind() != b.kind()) return a.kind() <=> b.kind();
    if (a.is_same(b)) return std::strong_ordering::equal;
    switch (a.kind()) {
    case Kind::boolean: return a.as_boolean() <=> b.as_boolean();
    case Kind::number:
        if (a.is_small_integer() && b.is_small_integer()) return a.small_integer() <=> b.small_integer();
        return compare(a.as_number(), b.as_number());
    case Kind::string: return a.as_string() <=> b.as_string();
    case Kind::array:
    case Kind::set: return compare_sequences(a.items(), b.items());
    case Kind::object: return compare_members(a.members(), b.members());
    case Kind::null:
    case Kind::undefined: break;
    }
    return std::strong_ordering::equal;
}

Value make_string(Arena& arena, std::string_view text) {
    if (text.empty()) return Value::empty_string();
    auto* rep = static_cast<StringRep*>(arena.allocate(sizeof(StringRep) + text.size()));
    rep->size = static_cast<std::uint32_t>(text.size());
    std::memcpy(rep->data(), text.data(), text.size());
    return ValueAccess::string(rep, hash_text(text));
}

Value make_array(Arena& arena, std::span<const Value> items) {
    if (items.empty()) return Value::empty_array();
    std::uint32_t hash = k_empty_array_hash;
    const ArrayRep* rep = make_items(arena, items, 0, hash);
    return ValueAccess::array(Kind::array, rep, hash);
}

Value make_sorted_set(Arena& arena, std::span<const Value> items) {
    if (items.empty()) return Value::empty_set();
    std::uint32_t hash = k_empty_set_hash;
    const std::uint32_t slots = slots_for(items.size());
    ArrayRep* rep = make_items(arena, items, slots, hash);
    rep->mask = build_index(rep->items(), rep->count, slots, rep->index());
    return ValueAccess::array(Kind::set, rep, hash);
}

Value make_set(Arena& arena, std::span<Value> items) {
    std::ranges::sort(items, [](const Value& a, const Value& b) { return compare(a, b) < 0; });
    const auto rest = std::ranges::unique(items);
    return make_sorted_set(arena, items.first(items.size() - rest.size()));
}

Value make_sorted_object(Arena& arena, std::span<const Member> members) {
    if (members.empty()) return Value::empty_object();
    const std::uint32_t slots = slots_for(members.size());
    auto* rep = static_cast<ObjectRep*>(
        arena.allocate(sizeof(ObjectRep) + members.size_bytes() + (slots * sizeof(std::uint32_t))));
    rep->count = static_cast<std::uint32_t>(members.size());
    std::uint64_t state = k_empty_object_hash;
    Member* place = rep->members();
    for (const Member& member : members) {
        *place++ = member;
        state = (state ^ member.key.hash()) * 0x9fb21c651e98df25U;
        state = (state ^ member.value.hash()) * 0x9fb21c651e98df25U;
    }
    rep->mask = build_index(rep->members(), rep->count, slots, rep->index());
    return ValueAccess::object(rep, mix(state));
}

Value copy_value(Arena& arena, const Value& value) {
    switch (value.kind()) {
    case Kind::number: {
        const Number number = value.as_number();
        if (number.is_small()) return value;
        auto* rep = new (arena.allocate(sizeof(NumberRep))) NumberRep(*number.rep());
        rep->text = arena.keep(rep->text);
        rep->digits = arena.keep(rep->digits);
        return Value::number(Number(rep));
    }
    case Kind::string: return make_string(arena, value.as_string());
    case Kind::array:
    case Kind::set: {
        std::vector<Value> items;
        items.reserve(value.size());
        for (const Value& item : value.items()) items.push_back(copy_value(arena, item));
        return value.is_set() ? make_sorted_set(arena, items) : make_array(arena, items);
    }
    case Kind::object: {
        std::vector<Member> members;
        members.reserve(value.size());
        for (const Member& member : value.members()) {
            members.push_back({copy_value(arena, member.key), copy_value(arena, member.value)});
        }
        return make_sorted_object(arena, members);
    }
    case Kind::null:
    case Kind::boolean:
    case Kind::undefined: break;
    }
    return value;
}

void SetBuilder::compact() {
    std::ranges::sort(items_, [](const Value& a, const Value& b) { return compare(a, b) < 0; });
    const auto rest = std::ranges::unique(items_);
    items_.erase(rest.begin(), rest.end());
    threshold_ = std::max<std::size_t>(1024, items_.size() * 2);
}

void ObjectBuilder::compact() {
    const auto before = [](const Member& a, const Member& b) { return compare(a.key, b.key) < 0; };
    if (!std::ranges::is_sorted(members_, before)) std::ranges::stable_sort(members_, before);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < members_.size(); ++i) {
        if (kept > 0 && members_[kept - 1].key == members_[i].key) {
            conflict_ = conflict_ || !(members_[kept - 1].value == members_[i].value);
            members_[kept - 1].value = members_[i].value;
        } else {
            members_[kept++] = members_[i];
        }
    }
    members_.resize(kept);
    threshold_ = std::max<std::size_t>(1024, members_.size() * 2);
}

} // namespace redoubt::rego
