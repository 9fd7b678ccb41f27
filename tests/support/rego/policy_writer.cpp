// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "tests/support/rego/policy_writer.hpp"

#include <format>

namespace redoubt::rego::testing {

unsigned PolicyWriter::pick(unsigned count) {
    if (choices_.empty()) return 0;
    const unsigned byte = choices_.front();
    choices_ = choices_.subspan(1);
    return byte % count;
}

std::string PolicyWriter::variable() {
    if (scope_.empty()) return constant();
    return scope_[pick(static_cast<unsigned>(scope_.size()))];
}

std::string PolicyWriter::fresh() {
    // Now and then the same name again: inner scopes shadow outer ones.
    scope_.push_back(std::format("x{}", pick(8) == 0 ? names_ : ++names_));
    return scope_.back();
}

std::string PolicyWriter::constant() {
    return one_of(
        {"1", "2", R"("a")", R"("b")", "0", "true", "false", "null", "[]", "{}", "[1, 2]", "{1, \"a\"}"});
}

std::string PolicyWriter::reference(int depth) {
    std::string ref;
    switch (const unsigned base = pick(9); base) {
    case 0:
    case 1: ref = "data." + one_of({"n", "o", "m", "s"}); break;
    case 2: ref = "input"; break;
    case 3: ref = "input." + one_of({"a", "b", "c"}); break;
    case 4:
        if (scope_.empty()) return "data.n[_]";
        ref = variable();
        break;
    default:
        if (documents_.empty()) return "input.b";
        ref = (base == 5 ? "data.t." : "") + documents_[pick(static_cast<unsigned>(documents_.size()))];
    }
    for (unsigned steps = pick(3); steps > 0; --steps) {
        switch (pick(7)) {
        case 0: ref += "[_]"; break;
        case 1: ref += "[" + variable() + "]"; break;
        case 2: ref += "[" + (depth >= 0 ? fresh() : variable()) + "]"; break;
        case 3: ref += "." + one_of({"a", "b", "x"}); break;
        case 4: ref += "[" + one_of({"0", "1"}) + "]"; break;
        default: ref += "[" + (depth > 0 ? value(depth - 1) : constant()) + "]";
        }
    }
    return ref;
}

std::string PolicyWriter::call(int depth) {
    if (!functions_.empty() && pick(3) == 0) {
        const std::string& name = functions_[pick(static_cast<unsigned>(functions_.size()))];
        return name.ends_with('2') ? std::format("{}({}, {})", name, value(depth), value(depth))
                                   : std::format("{}({})", name, value(depth));
    }
    switch (pick(5)) {
    case 0: return std::format("{}({})", one_of({"count", "sum", "max", "sort"}), reference(depth));
    case 1: return std::format("{}({})", one_of({"is_string", "type_name"}), value(depth));
    case 2: return std::format("({} {} {})", number(depth), one_of({"+", "-", "*"}), number(depth));
    case 3: return std::format("({} {} {})", reference(depth), one_of({"|", "&", "-"}), reference(depth));
    default:
        return std::format("({} {} {})", value(depth), one_of({"==", "!=", "<", "in"}), reference(depth));
    }
}

std::string PolicyWriter::number(int depth) {
    return pick(3) == 0 ? one_of({"1", "2", "0.5"}) : reference(depth);
}

std::string PolicyWriter::comprehension(int depth) {
    const std::vector<std::string> outer = scope_;
    const std::string inside = body(depth);
    std::string made;
    switch (pick(3)) {
    case 0: made = std::format("[{} | {}]", value(depth), inside); break;
    case 1: made = std::format("{{{} | {}}}", value(depth), inside); break;
    default: made = std::format("{{{}: {} | {}}}", value(depth), value(depth), inside);
    }
    scope_ = outer;
    return made;
}

std::string PolicyWriter::value(int depth) {
    if (depth <= 0) return pick(2) == 0 ? variable() : pick(2) == 0 ? constant() : reference(0);
    switch (pick(10)) {
    case 0: return constant();
    case 1:
    case 2: return variable();
    case 3:
    case 4: return reference(depth - 1);
    case 5: return std::format("[{}, {}]", value(depth - 1), value(depth - 1));
    case 6: return std::format("{{{}: {}}}", pick(2) == 0 ? constant() : value(depth - 1), value(depth - 1));
    case 7: return std::format("{{{}, {}}}", value(depth - 1), value(depth - 1));
    case 8: return call(depth - 1);
    default: return comprehension(depth - 1);
    }
}

std::string PolicyWriter::binding(int depth) {
    // What a statement needs is written before the variables it declares come into scope.
    const unsigned kind = pick(5);
    const std::string from = kind <= 2 ? value(depth) : reference(depth);
    const std::string first = fresh();
    if (kind <= 1) return std::format("{} := {}", first, from);
    if (kind == 2) return std::format("{} = {}", first, from);
    return kind == 3 ? std::format("some {} in {}", first, from)
                     : std::format("some {}, {} in {}", first, pick(4) == 0 ? constant() : fresh(), from);
}

std::string PolicyWriter::every(int depth) {
    const std::string within = reference(depth - 1);
    const std::vector<std::string> around = scope_;
    const std::string item = fresh();
    const std::string made = std::format("every {} in {} {{ {} }}", item, within, body(depth - 1));
    scope_ = around;
    return made;
}

std::string PolicyWriter::statement(int depth) {
    switch (pick(13)) {
    case 0: return std::format("not {}", reference(-1));
    case 1: return std::format("not {} == {}", variable(), constant());
    case 2: return every(depth);
    case 3: {
        const std::string with = value(-1);
        return std::format("{} with {} as {}", reference(depth),
                           one_of({"input", "input.a", "data.o", "data.n", "input.c.a"}), with);
    }
    case 4: {
        const std::string from = value(depth);
        const std::string first = pick(2) == 0 ? constant() : variable();
        return std::format("[{}, {}] = {}", first, fresh(), from);
    }
    case 5:
    case 6:
        return std::format("{} {} {}", value(depth), one_of({"==", "!=", "<", ">=", "in"}), reference(depth));
    case 7: return reference(depth);
    case 8: return call(depth);
    default: return binding(depth);
    }
}

PolicyWriter::Scoped PolicyWriter::scoped(int depth) {
    const std::vector<std::string> outer = scope_;
    Scoped made;
    made.body = body(depth);
    made.value = value(1);
    scope_ = outer;
    return made;
}

std::string PolicyWriter::body(int depth) {
    std::string all;
    for (unsigned left = 1 + pick(3); left > 0; --left) all += (all.empty() ? "" : "; ") + statement(depth);
    return all;
}

void PolicyWriter::complete(const std::string& name) {
    if (pick(3) == 0) text_ += std::format("default {} := {}\n", name, constant());
    for (unsigned left = 1 + pick(2); left > 0; --left) {
        const Scoped first = scoped(2);
        text_ += std::format("{} := {} if {{ {} }}", name, first.value, first.body);
        for (unsigned more = pick(3); more > 0; --more) {
            const Scoped otherwise = scoped(2);
            text_ += std::format(" else := {} if {{ {} }}", otherwise.value, otherwise.body);
        }
        text_ += '\n';
    }
}

void PolicyWriter::partial_set(const std::string& name) {
    for (unsigned left = 1 + pick(2); left > 0; --left) {
        const Scoped one = scoped(2);
        text_ += std::format("{} contains {} if {{ {} }}\n", name, one.value, one.body);
    }
}

void PolicyWriter::partial_object(const std::string& name) {
    for (unsigned left = 1 + pick(2); left > 0; --left) {
        const std::string inside = body(2);
        const std::string key = variable();
        text_ += std::format("{}[{}] := {} if {{ {} }}\n", name, key, value(1), inside);
        scope_.clear();
    }
}

void PolicyWriter::function(const std::string& name, unsigned kind) {
    for (unsigned left = 1 + pick(3); left > 0; --left) {
        const auto operand = [&] { return pick(3) == 0 ? constant() : pick(3) == 0 ? "_" : fresh(); };
        std::string operands = operand();
        if (kind == 2) {
            operands += ", " + operand();
        } else if (pick(3) == 0) {
            operands = pick(2) == 0 ? std::format("[{}, {}]", operands, fresh())
                                    : std::format("{{\"a\": {}}}", fresh());
        }
        const Scoped one = scoped(1);
        text_ += std::format("{}({}) := {} if {{ {} }}\n", name, operands, one.value, one.body);
        scope_.clear();
    }
    functions_.push_back(name);
}

std::string PolicyWriter::module() {
    text_ = "package t\n";
    for (unsigned number = 0, all = 2 + pick(5); number < all; ++number) {
        const std::string name = std::format("r{}", number);
        switch (pick(5)) {
        case 0: partial_set(name); break;
        case 1: partial_object(name); break;
        case 2: {
            const unsigned operands = 1 + pick(2);
            function(std::format("f{}_{}", number, operands), operands);
            continue;
        }
        default: complete(name);
        }
        documents_.push_back(name);
    }
    return text_;
}

} // namespace redoubt::rego::testing
