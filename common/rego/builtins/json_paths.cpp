// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/builtins/json_paths.hpp"

#include <algorithm>

#include "common/rego/builtins/groups.hpp"

// json.filter and json.remove.

namespace redoubt::rego {
namespace {

using Operands = std::span<const Value>;

std::string unescaped(std::string_view part) {
    std::string out;
    for (std::size_t i = 0; i < part.size(); ++i) {
        if (part[i] == '~' && i + 1 < part.size() && (part[i + 1] == '0' || part[i + 1] == '1')) {
            out += part[++i] == '0' ? '~' : '/';
        } else {
            out += part[i];
        }
    }
    return out;
}

/// All paths as nested objects whose leaves are null: what lies below a leaf is all meant.
class PathTree {
  public:
    explicit PathTree(Arena& arena) : arena_(&arena) {}

    void add(std::span<const Value> path) { paths_.emplace_back(path.begin(), path.end()); }
    [[nodiscard]] Value build() { return node(paths_, 0); }

  private:
    /// The object for paths that agree in their first `depth` keys; null if one of them ends here.
    Value node(std::vector<JsonPath>& paths, std::size_t depth) {
        for (const JsonPath& path : paths) {
            if (path.size() == depth) return Value::null();
        }
        std::ranges::sort(
            paths, [&](const JsonPath& a, const JsonPath& b) { return compare(a[depth], b[depth]) < 0; });
        std::vector<Member> members;
        for (std::size_t start = 0; start < paths.size();) {
            std::vector<JsonPath> same;
            const Value key = paths[start][depth];
            for (; start < paths.size() && paths[start][depth] == key; ++start) same.push_back(paths[start]);
            members.push_back({key, node(same, depth + 1)});
        }
        return make_sorted_object(*arena_, members);
    }

    Arena* arena_;
    std::vector<JsonPath> paths_;
};

Operanded<Value> tree_of(BuiltinContext& context, const Value& paths) {
    PathTree tree(context.arena());
    bool any = false;
    for (const Value& item : paths.items()) {
        RDT_TRY(const JsonPath path, parse_json_path(context.arena(), item));
        if (!context.work(1 + path.size()) || !context.charge((1 + path.size()) * 2 * sizeof(Member)))
            return memory_limit_error();
        if (path.empty()) continue;
        tree.add(path);
        any = true;
    }
    return any ? tree.build() : Value::empty_object();
}

/// The key that stands for an array's index in a tree: a string.
Value index_key(Arena& arena, std::size_t index) {
    return make_string(arena, std::to_string(index));
}

/// `value` without what `tree` names; undefined when it goes itself.
Value removed(Arena& arena, const Value& value, const Value& tree) {
    if (tree.is_null()) return {};
    if (!tree.is_object()) return value;
    if (value.is_object()) {
        std::vector<Member> members;
        for (const Member& member : value.members()) {
            const Value left = removed(arena, member.value, tree.at(member.key));
            if (left.is_defined()) members.push_back({member.key, left});
        }
        return make_sorted_object(arena, members);
    }
    if (!value.is_collection()) return value;
    std::vector<Value> items;
    std::size_t index = 0;
    for (const Value& item : value.items()) {
        const Value key = value.is_set() ? item : index_key(arena, index++);
        const Value left = removed(arena, item, tree.at(key));
        if (left.is_defined()) items.push_back(left);
    }
    return value.is_set() ? make_set(arena, items) : make_array(arena, items);
}

/// What `tree` names in `value`.
Value filtered(Arena& arena, const Value& value, const Value& tree) {
    if (!tree.is_object()) return value;
    if (value.is_object()) {
        std::vector<Member> members;
        for (const Member& member : value.members()) {
            const Value below = tree.at(member.key);
            if (below.is_undefined()) continue;
            members.push_back({member.key, filtered(arena, member.value, below)});
        }
        return make_sorted_object(arena, members);
    }
    if (!value.is_collection()) return value;
    std::vector<Value> items;
    std::size_t index = 0;
    for (const Value& item : value.items()) {
        const Value below = tree.at(value.is_set() ? item : index_key(arena, index++));
        if (below.is_defined()) items.push_back(filtered(arena, item, below));
    }
    return value.is_set() ? make_set(arena, items) : make_array(arena, items);
}

/// Items and members in all of a value.
std::size_t weight_of(const Value& value) {
    std::size_t weight = 1;
    if (value.is_object()) {
        for (const Member& member : value.members()) weight += 1 + weight_of(member.value);
    } else if (value.is_collection()) {
        for (const Value& item : value.items()) weight += weight_of(item);
    }
    return weight;
}

template <Value (*change)(Arena&, const Value&, const Value&)>
BuiltinResult changed(BuiltinContext& context, Operands operands) {
    RDT_TRY(const Value tree, tree_of(context, operands[1]));
    const std::size_t weight = weight_of(operands[0]);
    if (!context.work(weight) || !context.charge(weight * sizeof(Member) * 2)) return memory_limit_error();
    return change(context.arena(), operands[0], tree);
}

constexpr Operand k_object = one_of(Kind::object);
constexpr Operand k_set_or_array = one_of(Kind::set, Kind::array);

constexpr Builtin k_json_paths[] = {
    {.name = "json.filter",
     .operands = {k_object, k_set_or_array},
     .arity = 2,
     .function = changed<filtered>},
    {.name = "json.remove", .operands = {k_object, k_set_or_array}, .arity = 2, .function = changed<removed>},
};

} // namespace

Operanded<JsonPath> parse_json_path(Arena& arena, const Value& path) {
    if (path.is_array()) return JsonPath(path.items().begin(), path.items().end());
    if (!path.is_string()) {
        return operand_error(2,
                             "must be one of {set, array} containing string paths or array of path segments "
                             "but got " +
                                 std::string(name_of(path.kind())));
    }
    std::string_view text = path.as_string();
    JsonPath parts;
    if (text.empty()) return parts;
    text.remove_prefix(std::min(text.find_first_not_of('/'), text.size()));
    while (true) {
        const std::size_t end = text.find('/');
        parts.push_back(make_string(arena, unescaped(text.substr(0, end))));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

std::span<const Builtin> json_path_builtins() {
    return k_json_paths;
}

} // namespace redoubt::rego
