// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/compile/annotation_object.hpp"

#include <algorithm>
#include <initializer_list>
#include <sstream>
#include <string>
#include <utility>

namespace redoubt::rego {
namespace {

void put(Arena& arena, ObjectBuilder& object, std::string_view key, const Value& value) {
    object.insert(make_string(arena, key), value);
}

Value member(const Value& object, std::string_view key) {
    for (const Member& one : object.members()) {
        if (one.key.is_string() && one.key.as_string() == key) return one.value;
    }
    return {};
}

/// "Jane Doe <jane@example.org>": a last word in angle brackets is the address.
Value author_of(Arena& arena, std::string_view text) {
    std::istringstream words{std::string(text)};
    std::string name;
    std::string email;
    for (std::string word; words >> word;) {
        if (!email.empty()) name += (name.empty() ? "" : " ") + std::exchange(email, {});
        if (word.size() >= 3 && word.front() == '<' && word.back() == '>') {
            email = word;
        } else {
            name += (name.empty() ? "" : " ") + word;
        }
    }
    ObjectBuilder author;
    if (!name.empty()) put(arena, author, "name", make_string(arena, name));
    if (!email.empty()) put(arena, author, "email", make_string(arena, email.substr(1, email.size() - 2)));
    return author.build(arena);
}

/// Those of `keys` that `from` has with a text that is not empty.
Value strings_of(Arena& arena, const Value& from, std::initializer_list<std::string_view> keys) {
    ObjectBuilder object;
    for (const std::string_view key : keys) {
        const Value value = member(from, key);
        if (value.is_string() && !value.as_string().empty()) put(arena, object, key, value);
    }
    return object.build(arena);
}

Value path_of(Arena& arena, std::string_view dotted) {
    ArrayBuilder path;
    for (std::size_t at = 0; at <= dotted.size();) {
        const std::size_t end = std::min(dotted.find('.', at), dotted.size());
        path.push(make_string(arena, dotted.substr(at, end - at)));
        at = end + 1;
    }
    return path.build(arena);
}

Result<Value> list_of(Arena& arena, std::string_view what, const Value& yaml,
                      Value (*make)(Arena&, const Value&)) {
    if (!yaml.is_array()) return fail(Code::invalid_argument, "invalid annotation: {} must be a list", what);
    ArrayBuilder list;
    for (const Value& item : yaml.items()) {
        const Value made = make(arena, item);
        if (made.is_undefined()) return fail(Code::invalid_argument, "invalid annotation: {}", what);
        list.push(made);
    }
    return list.build(arena);
}

Value author(Arena& arena, const Value& item) {
    if (item.is_string()) return author_of(arena, item.as_string());
    return item.is_object() ? strings_of(arena, item, {"name", "email"}) : Value();
}

Value resource(Arena& arena, const Value& item) {
    if (item.is_object()) return strings_of(arena, item, {"ref", "description"});
    if (!item.is_string()) return {};
    ObjectBuilder object;
    put(arena, object, "ref", item);
    return object.build(arena);
}

Value schema(Arena& arena, const Value& item) {
    if (!item.is_object() || item.size() != 1 || !item.members().front().key.is_string()) return {};
    const Member& only = item.members().front();
    ObjectBuilder object;
    put(arena, object, "path", path_of(arena, only.key.as_string()));
    if (only.value.is_string()) {
        put(arena, object, "schema", path_of(arena, only.value.as_string()));
    } else {
        put(arena, object, "definition", only.value);
    }
    return object.build(arena);
}

Value as_it_is(Arena& /*arena*/, const Value& item) {
    return item;
}

} // namespace

Result<Value> annotation_object(Arena& arena, const Value& yaml, std::string_view scope) {
    ObjectBuilder object;
    put(arena, object, "scope", make_string(arena, scope));
    struct List {
        std::string_view key;
        Value (*make)(Arena&, const Value&);
    };
    constexpr List k_lists[] = {{"authors", author},
                                {"organizations", as_it_is},
                                {"related_resources", resource},
                                {"schemas", schema}};
    for (const List& list : k_lists) {
        const Value given = member(yaml, list.key);
        if (given.is_undefined() || given.is_null()) continue;
        RDT_TRY(const Value made, list_of(arena, list.key, given, list.make));
        if (made.size() > 0) put(arena, object, list.key, made);
    }
    for (const std::string_view key : {"title", "description"}) {
        const Value text = member(yaml, key);
        if (text.is_undefined() || text.is_null()) continue;
        if (!text.is_string())
            return fail(Code::invalid_argument, "invalid annotation: {} must be a string", key);
        if (!text.as_string().empty()) put(arena, object, key, text);
    }
    if (member(yaml, "entrypoint").is_true()) put(arena, object, "entrypoint", Value::boolean(true));
    for (const std::string_view key : {"custom", "compile"}) {
        const Value more = member(yaml, key);
        if (more.is_object() && more.size() > 0) put(arena, object, key, more);
    }
    return object.build(arena);
}

} // namespace redoubt::rego
