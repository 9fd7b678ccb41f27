// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <format>

#include "common/rego/plan/planner.hpp"

namespace redoubt::rego {

Operand32 Planner::reference(const Term& ref) {
    const Term& head = ref.terms.front();
    if (head.kind == TermKind::var && head.slot < 0 && head.text == "data") return data_reference(ref);
    const Operand32 base = term(head);
    return follow(base, std::span(ref.terms).subspan(1));
}

Operand32 Planner::scan_key(Operand32 base, const Term& key) {
    const std::int32_t value = new_register();
    if (key.kind == TermKind::var) {
        emit(Op::scan, base, key.slot, value);
        bind(key.slot);
        return value;
    }
    const std::int32_t place = new_register();
    emit(Op::scan, base, place, value);
    unify_value(key, place);
    return value;
}

Operand32 Planner::follow(Operand32 base, std::span<const Term> keys) {
    while (!keys.empty()) {
        std::size_t constants = 0;
        while (constants < keys.size() && is_constant(keys[constants])) ++constants;
        const std::int32_t place = constants > 0 ? new_register() : 0;
        if (constants > 1) {
            std::vector<std::int32_t> operands;
            for (const Term& key : keys.first(constants)) operands.push_back(term(key));
            emit(Op::path, place, base, list(operands));
            base = place;
            keys = keys.subspan(constants);
        } else if (constants == 1) {
            emit(Op::dot, place, base, term(keys.front()));
            base = place;
            keys = keys.subspan(1);
        } else if (all_bound(keys.front())) {
            const Operand32 key = term(keys.front());
            const std::int32_t value = new_register();
            emit(Op::dot, value, base, key);
            base = value;
            keys = keys.subspan(1);
        } else {
            base = scan_key(base, keys.front());
            keys = keys.subspan(1);
        }
    }
    return base;
}

Operand32 Planner::walk(std::int32_t node, std::vector<std::int32_t> first, std::span<const Term>& keys) {
    while (!keys.empty() && all_bound(keys.front())) {
        first.push_back(term(keys.front()));
        keys = keys.subspan(1);
    }
    const std::int32_t place = new_register();
    emit(Op::walk_data, place, node, list(first));
    return place;
}

std::int32_t Planner::scan_below(std::int32_t node, const Term& key) {
    const std::int32_t place = key.kind == TermKind::var ? key.slot : new_register();
    emit(Op::scan_data, place, node);
    if (key.kind == TermKind::var) {
        bind(place);
    } else {
        unify_value(key, place);
    }
    return place;
}

Operand32 Planner::data_reference(const Term& ref) {
    std::span<const Term> keys = std::span(ref.terms).subspan(1);
    note_walk(0, keys);
    std::int32_t node = 0;
    while (true) {
        const DocumentNode& here = program_->nodes[static_cast<std::size_t>(node)];
        if (keys.empty() || here.group >= 0) break;
        if (is_constant(keys.front())) {
            const std::int32_t child = program_->child_of(node, *constant_value(keys.front()));
            if (child < 0 || !program_->nodes[static_cast<std::size_t>(child)].has_documents) break;
            node = child;
            keys = keys.subspan(1);
            continue;
        }
        if (!all_bound(keys.front()) && here.has_documents) {
            const std::int32_t key = scan_below(node, keys.front());
            keys = keys.subspan(1);
            return follow(walk(node, {key}, keys), keys);
        }
        break;
    }
    const Operand32 base = walk(node, {}, keys);
    return follow(base, keys);
}

/// Notes the rules that a walk along keys may evaluate: of a key that is not fixed, all that it may be.
void Planner::note_walk(std::int32_t node, std::span<const Term> keys) {
    const DocumentNode& here = program_->nodes[static_cast<std::size_t>(node)];
    if (keys.empty()) return note_below(node);
    if (here.group >= 0) references_.insert(static_cast<std::uint32_t>(here.group));
    if (is_constant(keys.front())) {
        const std::int32_t child = program_->child_of(node, *constant_value(keys.front()));
        if (child >= 0) note_walk(child, keys.subspan(1));
        return;
    }
    for (const std::uint32_t child : here.child_nodes)
        note_walk(static_cast<std::int32_t>(child), keys.subspan(1));
}

void Planner::note_below(std::int32_t node) {
    const DocumentNode& here = program_->nodes[static_cast<std::size_t>(node)];
    if (here.group >= 0) references_.insert(static_cast<std::uint32_t>(here.group));
    for (const std::uint32_t child : here.child_nodes) note_below(static_cast<std::int32_t>(child));
}

} // namespace redoubt::rego
