// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>

#include "common/rego/builtins/groups.hpp"
#include "common/rego/builtins/json_paths.hpp"
#include "common/rego/value/json.hpp"

// json.patch: RFC 6902, over sets too (a set's element is its own key).

namespace redoubt::rego {
namespace {

using Operands = std::span<const Value>;
using Path = std::span<const Value>;

std::unexpected<BuiltinError> no_path(const Value& key, const Value& in) {
    return builtin_error("path [" + render_rego(key) + "] does not exist in " +
                         std::string(name_of(in.kind())) + " term");
}

std::unexpected<BuiltinError> not_composite(const Value& value) {
    return builtin_error("expected composite type, found value: " + render_rego(value));
}

/// An array's index: a whole number, or a string of one without leading zeros; "-" is the place after the
/// last. Negative ones are beyond every array.
Operanded<std::size_t> index_of(std::size_t size, const Value& key) {
    if (key.is_number()) {
        const auto index = key.as_number().to_int64();
        if (!index) return builtin_error("invalid number type for indexing");
        return *index < 0 ? SIZE_MAX : static_cast<std::size_t>(*index);
    }
    if (!key.is_string()) return builtin_error("invalid type for indexing");
    std::string_view text = key.as_string();
    if (text == "-") return size;
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    if (text.empty() || text.size() > 15 || text.find_first_not_of("0123456789") != std::string_view::npos)
        return builtin_error("invalid string for indexing");
    if (text.size() > 1 && text[0] == '0')
        return builtin_error("leading zeros are not allowed in JSON paths");
    if (negative) return SIZE_MAX;
    std::size_t index = 0;
    for (const char c : text) index = (index * 10) + static_cast<std::size_t>(c - '0');
    return index;
}

/// Makes new values along a path; the rest is shared with the old ones.
class Editor {
  public:
    explicit Editor(BuiltinContext& context) : context_(context) {}

    Operanded<Value> find(const Value& root, Path path) {
        Value value = root;
        for (const Value& key : path) {
            RDT_TRY(value, child(value, key));
        }
        return value;
    }

    /// Undefined stands for a document that was deleted.
    Operanded<Value> insert(const Value& root, Path path, const Value& value) {
        if (path.empty()) return value;
        return change(root, path, &value);
    }
    Operanded<Value> remove(const Value& root, Path path) {
        if (root.is_undefined()) return builtin_error("deleted node encountered during delete operation");
        if (path.empty()) return Value();
        return change(root, path, nullptr);
    }

  private:
    Operanded<Value> child(const Value& value, const Value& key) {
        if (value.is_undefined())
            return builtin_error("nil value encountered where composite value was expected");
        if (!value.is_collection()) return not_composite(value);
        Value found;
        if (value.is_array()) {
            RDT_TRY(const std::size_t index, index_of(value.size(), key));
            if (index < value.size()) found = value.items()[index];
        } else {
            found = value.at(key);
        }
        if (found.is_undefined()) return no_path(key, value);
        return found;
    }

    /// `value` with `path` set, or deleted when `replacement` is null.
    Operanded<Value> change(const Value& value, Path path, const Value* replacement) {
        if (value.is_undefined()) return builtin_error("deleted node encountered during insert operation");
        if (!value.is_collection()) return not_composite(value);
        if (!context_.work(1 + value.size()) || !context_.charge((1 + value.size()) * sizeof(Member)))
            return memory_limit_error();
        const Value& key = path[0];
        if (path.size() == 1)
            return replacement == nullptr ? without(value, key) : with(value, key, *replacement);
        RDT_TRY(const Value below, child(value, key));
        RDT_TRY(const Value changed, change(below, path.subspan(1), replacement));
        return exchanged(value, key, changed);
    }

    Operanded<Value> with(const Value& value, const Value& key, const Value& added) {
        if (value.is_object()) return with_member(value, key, added);
        std::vector<Value> items(value.items().begin(), value.items().end());
        if (value.is_set()) {
            if (!(key == added)) {
                return builtin_error("set key " + render_rego(key) + " does not equal value to be inserted " +
                                     render_rego(added));
            }
            items.push_back(added);
            return make_set(context_.arena(), items);
        }
        RDT_TRY(const std::size_t index, index_of(items.size(), key));
        if (index > items.size()) return builtin_error("index for array insertion out of bounds");
        items.insert(items.begin() + static_cast<std::ptrdiff_t>(index), added);
        return make_array(context_.arena(), items);
    }

    Operanded<Value> without(const Value& value, const Value& key) {
        if (value.is_array()) {
            std::vector<Value> items(value.items().begin(), value.items().end());
            RDT_TRY(const std::size_t index, index_of(items.size(), key));
            if (index >= items.size()) return builtin_error("index for array delete out of bounds");
            items.erase(items.begin() + static_cast<std::ptrdiff_t>(index));
            return make_array(context_.arena(), items);
        }
        if (value.at(key).is_undefined())
            return builtin_error("cannot delete child key " + render_rego(key) + " that does not exist");
        if (value.is_set()) {
            ArrayBuilder left;
            for (const Value& item : value.items()) {
                if (!(item == key)) left.push(item);
            }
            return make_sorted_set(context_.arena(), left.items());
        }
        std::vector<Member> members;
        for (const Member& member : value.members()) {
            if (!(member.key == key)) members.push_back(member);
        }
        return make_sorted_object(context_.arena(), members);
    }

    Value with_member(const Value& object, const Value& key, const Value& added) {
        ObjectBuilder members;
        for (const Member& member : object.members()) members.insert(member.key, member.value);
        members.insert(key, added);
        return members.build(context_.arena());
    }

    /// The child at `key`, which exists, replaced.
    Operanded<Value> exchanged(const Value& value, const Value& key, const Value& changed) {
        if (value.is_object()) return with_member(value, key, changed);
        std::vector<Value> items(value.items().begin(), value.items().end());
        if (value.is_set()) {
            std::ranges::replace(items, key, changed);
            return make_set(context_.arena(), items);
        }
        RDT_TRY(const std::size_t index, index_of(items.size(), key));
        items[index] = changed;
        return make_array(context_.arena(), items);
    }

    BuiltinContext& context_;
};

enum class Operation : std::uint8_t { add, remove, replace, move, copy, test };

struct Patch {
    Operation operation = Operation::add;
    JsonPath path;
    JsonPath from;
    Value value;
};

Operanded<Value> attribute(const Value& object, std::string_view name) {
    const Value value = object.at(name);
    if (value.is_undefined()) return builtin_error("missing required attribute '" + std::string(name) + "'");
    return value;
}

Operanded<Operation> read_operation(const Value& object) {
    RDT_TRY(const Value op, attribute(object, "op"));
    if (!op.is_string()) return builtin_error("attribute 'op' must be a string");
    constexpr std::string_view names[] = {"add", "remove", "replace", "move", "copy", "test"};
    const auto found = std::ranges::find(names, op.as_string());
    if (found == std::end(names))
        return builtin_error("unrecognized op '" + std::string(op.as_string()) + "'");
    return static_cast<Operation>(found - std::begin(names));
}

Operanded<Patch> read_patch(Arena& arena, const Value& object) {
    if (!object.is_object()) {
        return builtin_error(
            "must be an array of JSON-Patch objects, but at least one element is not an object");
    }
    Patch patch;
    RDT_TRY(patch.operation, read_operation(object));
    RDT_TRY(const Value path, attribute(object, "path"));
    RDT_TRY(patch.path, parse_json_path(arena, path));
    if (patch.operation == Operation::move || patch.operation == Operation::copy) {
        RDT_TRY(const Value from, attribute(object, "from"));
        RDT_TRY(patch.from, parse_json_path(arena, from));
    } else if (patch.operation != Operation::remove) {
        RDT_TRY(patch.value, attribute(object, "value"));
    }
    return patch;
}

Operanded<Value> applied(Editor& editor, const Value& root, const Patch& patch) {
    switch (patch.operation) {
    case Operation::add: return editor.insert(root, patch.path, patch.value);
    case Operation::remove: return editor.remove(root, patch.path);
    case Operation::replace: {
        RDT_TRY(const Value without, editor.remove(root, patch.path));
        return editor.insert(without, patch.path, patch.value);
    }
    case Operation::move: {
        RDT_TRY(const Value moved, editor.find(root, patch.from));
        RDT_TRY(const Value without, editor.remove(root, patch.from));
        return editor.insert(without, patch.path, moved);
    }
    case Operation::copy: {
        RDT_TRY(const Value copied, editor.find(root, patch.from));
        return editor.insert(root, patch.path, copied);
    }
    case Operation::test: break;
    }
    RDT_TRY(const Value found, editor.find(root, patch.path));
    if (!(found == patch.value)) {
        return builtin_error("value from EditTree != patch value.\n\nExpected: " + render_rego(patch.value) +
                             "\n\nFound: " + render_rego(found));
    }
    return root;
}

BuiltinResult json_patch(BuiltinContext& context, Operands operands) {
    Editor editor(context);
    Value document = operands[0];
    for (const Value& object : operands[1].items()) {
        RDT_TRY(const Patch patch, read_patch(context.arena(), object));
        RDT_TRY(document, applied(editor, document, patch));
    }
    return document;
}

constexpr Builtin k_json_patch[] = {
    {.name = "json.patch", .operands = {k_any, one_of(Kind::array)}, .arity = 2, .function = json_patch},
};

} // namespace

std::span<const Builtin> json_patch_builtins() {
    return k_json_patch;
}

} // namespace redoubt::rego
