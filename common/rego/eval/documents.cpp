// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>

#include "common/rego/eval/evaluator.hpp"

namespace redoubt::rego {
namespace {

Value below(Value value, std::span<const Value> keys) {
    for (const Value& key : keys) {
        if (value.is_undefined()) return value;
        value = value.at(key);
    }
    return value;
}

/// Base data is looked up by path, whose steps are text: data[2] finds the member "2".
Value below_base(Value value, std::span<const Value> keys) {
    for (const Value& key : keys) {
        const Value found = value.at(key);
        value = found.is_undefined() && value.is_object() && key.is_number()
                    ? value.at(key.as_number().text())
                    : found;
    }
    return value;
}

bool starts_with(std::span<const Value> path, std::span<const Value> prefix) {
    return path.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), path.begin());
}

} // namespace

std::vector<Value> Evaluator::path_of(std::int32_t node) const {
    std::vector<Value> path;
    for (; node > 0; node = program_->nodes[static_cast<std::size_t>(node)].parent) {
        path.push_back(program_->nodes[static_cast<std::size_t>(node)].key);
    }
    std::ranges::reverse(path);
    return path;
}

Value Evaluator::base_document(std::int32_t node) const {
    if (node == 0) return data_;
    const DocumentNode& here = program_->nodes[static_cast<std::size_t>(node)];
    return base_document(here.parent).at(here.key);
}

Value Evaluator::document_below(std::int32_t node, std::span<const Value> keys) {
    if (!overrides_.empty()) {
        bool handled = false;
        const Value value = overridden(node, keys, handled);
        if (handled) return value;
    }
    return plain_document_below(node, keys);
}

/// The newest override at or above the path decides; those below it are put in.
Value Evaluator::overridden(std::int32_t node, std::span<const Value> keys, bool& handled) {
    std::vector<Value> full = path_of(node);
    full.insert(full.end(), keys.begin(), keys.end());
    std::size_t from = 0;
    Value value;
    for (std::size_t i = overrides_.size(); i-- > 0;) {
        if (!starts_with(full, overrides_[i].path)) continue;
        value = below(overrides_[i].value, std::span(full).subspan(overrides_[i].path.size()));
        handled = true;
        from = i + 1;
        break;
    }
    bool deeper = false;
    for (std::size_t i = from; i < overrides_.size(); ++i) {
        deeper = deeper || (overrides_[i].path.size() > full.size() && starts_with(overrides_[i].path, full));
    }
    if (!deeper) return value;
    if (!handled) value = plain_document_below(node, keys);
    handled = true;
    for (std::size_t i = from; i < overrides_.size() && !error_; ++i) {
        const Override& one = overrides_[i];
        if (one.path.size() > full.size() && starts_with(one.path, full)) {
            value = set_below(value, std::span(one.path).subspan(full.size()), one.value);
        }
    }
    return value;
}

Value Evaluator::plain_document_below(std::int32_t node, std::span<const Value> keys) {
    while (true) {
        const DocumentNode& here = program_->nodes[static_cast<std::size_t>(node)];
        if (keys.empty()) return document(node);
        const std::int32_t child = program_->child_of(node, keys.front());
        const bool has_child = child >= 0 && program_->nodes[static_cast<std::size_t>(child)].has_documents;
        if (here.group >= 0)
            return has_child ? nested_document(node, keys) : below(group_value(here.group), keys);
        if (!has_child) return below_base(base_document(node), keys);
        node = child;
        keys = keys.subspan(1);
    }
}

Value Evaluator::document(std::int32_t node) {
    Scratch::Cached& cached = scratch_->documents[static_cast<std::size_t>(node)];
    if (cached.generation == generation_) return cached.value;
    const Value value = new_document(node);
    // Evaluation may have moved nothing here: the table's size is fixed.
    if (!error_) scratch_->documents[static_cast<std::size_t>(node)] = {generation_, value};
    return value;
}

Value Evaluator::new_document(std::int32_t node) {
    const DocumentNode& here = program_->nodes[static_cast<std::size_t>(node)];
    if (here.group >= 0)
        return here.child_nodes.empty() ? group_value(here.group) : nested_document(node, {});
    const Value base = base_document(node);
    if (!here.has_documents) return base;
    ObjectBuilder members;
    if (base.is_object()) {
        for (const Member& member : base.members()) members.insert(member.key, member.value);
    }
    for (const std::uint32_t child : here.child_nodes) {
        if (!program_->nodes[child].has_documents) continue;
        const Value value = document_below(static_cast<std::int32_t>(child), {});
        if (error_) return {};
        if (value.is_undefined()) continue;
        // Where base data and a rule give the same member, the whole document shows the data.
        const Value& key = program_->nodes[child].key;
        const bool is_rule = program_->nodes[child].group >= 0 && base.is_object();
        members.insert(key, is_rule ? base_over(base.at(key), value) : value);
    }
    return members.build(arena_);
}

Value Evaluator::set_below(const Value& base, std::span<const Value> path, const Value& value) {
    if (path.empty()) return value;
    const Value inner = set_below(base.at(path.front()), path.subspan(1), value);
    if (base.is_array()) {
        std::vector<Value> items(base.items().begin(), base.items().end());
        const auto at = path.front().is_small_integer() ? path.front().small_integer() : -1;
        if (at >= 0 && at < static_cast<std::int64_t>(items.size())) {
            items[static_cast<std::size_t>(at)] = inner;
            return make_array(arena_, items);
        }
    }
    ObjectBuilder members;
    if (base.is_object()) {
        for (const Member& member : base.members()) members.insert(member.key, member.value);
    }
    members.insert(path.front(), inner);
    return members.build(arena_);
}

/// Both objects: member by member; otherwise the base, if there is one.
Value Evaluator::base_over(const Value& base, const Value& made) {
    if (base.is_undefined()) return made;
    if (!base.is_object() || !made.is_object()) return base;
    ObjectBuilder members;
    for (const Member& member : made.members()) members.insert(member.key, member.value);
    for (const Member& member : base.members())
        members.insert(member.key, base_over(member.value, made.at(member.key)));
    return members.build(arena_);
}

std::vector<Value> Evaluator::keys_below(std::int32_t node) {
    SetBuilder keys;
    const auto add_keys_of = [&keys](const Value& object) {
        for (std::size_t i = 0; object.is_object() && i < object.size(); ++i)
            keys.insert(object.members()[i].key);
    };
    const std::vector<Value> full = overrides_.empty() ? std::vector<Value>() : path_of(node);
    bool replaced = false;
    for (std::size_t i = overrides_.size(); i-- > 0 && !replaced;) {
        const std::vector<Value>& path = overrides_[i].path;
        if (path.size() > full.size() && starts_with(path, full)) keys.insert(path[full.size()]);
        if (!starts_with(full, path)) continue;
        add_keys_of(below(overrides_[i].value, std::span(full).subspan(path.size())));
        replaced = true;
    }
    if (!replaced) {
        add_keys_of(base_document(node));
        for (const std::uint32_t child : program_->nodes[static_cast<std::size_t>(node)].child_nodes) {
            if (program_->nodes[child].has_documents) keys.insert(program_->nodes[child].key);
        }
    }
    const Value all = keys.build(arena_);
    return {all.items().begin(), all.items().end()};
}

} // namespace redoubt::rego
