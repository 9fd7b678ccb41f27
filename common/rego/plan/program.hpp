// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// A compiled policy: constants, rules and a register program. Immutable once made; read by any number of
/// threads.
///
/// Every rule, branch of `else` and query has a frame of registers. Its program is a run of instructions;
/// each either goes on, fails (the run returns to the nearest scan, which tries its next item), or is the
/// end, which hands a solution over. Scans call the rest of the program for each item, so a program needs no
/// jumps.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/rego/builtins/builtin.hpp"
#include "common/rego/syntax/diagnostic.hpp"
#include "common/rego/value/value.hpp"

namespace redoubt::rego {

/// A register (>= 0) or a constant (~index).
using Operand32 = std::int32_t;
inline constexpr std::int32_t k_no_register = INT32_MAX;

enum class Op : std::uint8_t {
    // a: destination register; fails when the result is undefined.
    move,             ///< a = b
    load_input,       ///< a = input
    dot,              ///< a = b[c]
    path,             ///< a = b[list c...], constant keys
    walk_data,        ///< a = the document at node b followed by the keys in list c
    call_builtin,     ///< a = builtin b(list c)
    call_function,    ///< a = function group b(list c)
    call_host,        ///< a = host function b(list c)
    make_array,       ///< a = [list c]
    make_object,      ///< a = {list c: key, value, ...}
    make_set,         ///< a = {list c}
    make_template,    ///< a = text of list c
    compare_value,    ///< a = whether operands b and c compare as `detail` says
    member_value,     ///< a = whether b is in c
    member_key_value, ///< a = whether list c: key, value, collection
    // Conditions: go on or fail.
    check,         ///< a is neither false nor undefined
    compare,       ///< operands b and c compare as `detail` says
    member,        ///< b is in c
    expect_array,  ///< a is an array of b items
    expect_object, ///< a is an object of b members
    // Iteration: the rest of the program runs for each item.
    scan,      ///< over collection a; key to register b, value to register c (k_no_register: not wanted)
    scan_data, ///< over the keys below node b followed by list c; key to register a
    // Blocks: the block starts at the next instruction; `c` is where the program goes on behind it.
    negate,         ///< goes on when the block has no solution
    every,          ///< a: domain; b: list of key and value registers; goes on when the block holds for each
    collect_array,  ///< a = what the block's ends push
    collect_set,    ///< likewise
    collect_object, ///< likewise
    // With: overrides hold from here to with_end.
    with_begin, ///< list c: index of target, value, ...
    with_end,
    print, ///< list c of registers holding sets: each argument's possible values
    // Ends of programs and blocks.
    found,         ///< of negate and every
    push,          ///< of collect_array, collect_set: a
    push_pair,     ///< of collect_object: a, b
    yield,         ///< of complete rules and functions: a
    yield_element, ///< of partial sets: a
    yield_path,    ///< of partial objects: list c: keys, then the value (or, with detail 1, the element of a
                   ///< set)
    yield_row,     ///< of queries
};

enum class Comparison : std::uint8_t { equal, not_equal, less, less_equal, greater, greater_equal };

struct Instruction {
    Op op = Op::found;
    std::uint8_t detail = 0;
    std::uint16_t literal = 0; ///< for explanations: the position of the statement in its body
    std::int32_t a = 0;
    std::int32_t b = 0;
    std::int32_t c = 0;
};
static_assert(sizeof(Instruction) == 16);

/// One definition of a rule, or one branch of `else`.
struct RuleCode {
    Location at;
    std::uint32_t start = 0;      ///< first instruction
    std::uint32_t registers = 0;  ///< size of the frame
    std::int32_t otherwise = -1;  ///< the branch to try when this one gives nothing
    bool constant_result = false; ///< all its solutions are the same value:
    Value constant;
    bool unconditional = false; ///< it has no body
    std::uint32_t group = 0;
};

enum class GroupKind : std::uint8_t { complete, partial_set, partial_object, function };

/// A rule index: of the definitions in a group, those worth trying. Built on one path.
struct RuleIndex {
    std::int32_t operand = -1; ///< of a function; -1: input
    std::vector<Value> path;   ///< below that
    /// By the value found there (as an object from value to a position in `chosen`); otherwise `others`.
    Value by_value;
    std::vector<std::vector<std::uint32_t>> chosen;
    std::vector<std::uint32_t> others;
};

/// All definitions of one name.
struct RuleGroup {
    GroupKind kind = GroupKind::complete;
    std::string name; ///< "data.pkg.rule"
    std::uint32_t arity = 0;
    bool is_callable = false; ///< a document whose first definition is written `f()`
    std::vector<std::uint32_t> rules;
    std::int32_t fallback = -1; ///< the default rule's code
    /// Of a complete rule that is a plain constant.
    Value constant;
    /// All definitions yield this one constant: the first solution decides.
    bool first_solution_decides = false;
    /// Partial objects whose heads have one key: pairs. Otherwise nested.
    bool nested = false;
    std::unique_ptr<RuleIndex> index;
};

/// A place in the tree of documents below `data`.
struct DocumentNode {
    Value key;
    std::int32_t parent = -1;
    std::int32_t group = -1;    ///< a document's rules
    std::int32_t function = -1; ///< a function's group
    Value children;             ///< object from key to node number; undefined when there are none
    std::vector<std::uint32_t> child_nodes;
    bool has_documents = false; ///< itself or something below is a document made by rules
};

enum class TargetKind : std::uint8_t { input, data, builtin, function, host };

/// What a `with` replaces.
struct WithTarget {
    TargetKind kind = TargetKind::input;
    std::vector<Value> path; ///< of input and data
    const Builtin* builtin = nullptr;
    std::int32_t group = -1; ///< of a function
    std::int32_t host = -1;
    std::int32_t replacement_function = -1; ///< group of the function put in place, or:
    const Builtin* replacement_builtin = nullptr;
    std::int32_t replacement_host = -1;
    // None of the three: the value of the operand.
};

/// A function of the host's. May fail; called at most once for the same operands in one evaluation.
struct HostFunction {
    std::string name;
    std::uint8_t arity = 0;
    std::function<BuiltinResult(BuiltinContext&, std::span<const Value>)> function;
};

/// Instructions and what they refer to: a policy has one unit, every query its own.
struct CodeUnit {
    Arena arena;
    std::vector<Source> sources;
    std::vector<Instruction> code;
    std::vector<Location> locations; ///< beside code
    std::vector<Value> constants;
    std::vector<std::int32_t> lists; ///< a list: its length, then its operands
    std::vector<const Builtin*> builtins;
    std::vector<WithTarget> targets;

    [[nodiscard]] std::span<const std::int32_t> list(std::int32_t at) const {
        const auto start = static_cast<std::size_t>(at);
        return std::span(lists).subspan(start + 1, static_cast<std::size_t>(lists[start]));
    }
};

struct Program {
    CodeUnit unit;
    std::vector<RuleCode> rules;
    std::vector<RuleGroup> groups;
    std::vector<DocumentNode> nodes; ///< the first is `data`
    std::vector<HostFunction> hosts;

    /// The child of a node by key, or -1.
    [[nodiscard]] std::int32_t child_of(std::int32_t node, const Value& key) const {
        const Value& children = nodes[static_cast<std::size_t>(node)].children;
        if (!children.is_object()) return -1;
        const Value found = children.at(key);
        return found.is_defined() ? static_cast<std::int32_t>(found.small_integer()) : -1;
    }
};

} // namespace redoubt::rego
