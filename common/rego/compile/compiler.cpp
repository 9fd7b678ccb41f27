// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/compile/compiler.hpp"

#include <algorithm>
#include <format>
#include <tuple>

#include "common/rego/compile/annotations.hpp"
#include "common/rego/compile/passes.hpp"
#include "common/rego/compile/rule_tree.hpp"
#include "common/rego/plan/planner.hpp"

namespace redoubt::rego {
namespace {

/// Whether "data.pkg.f" was written `f()`.
std::function<bool(const std::string&)> callables_of(const Program& program) {
    return [&program](const std::string& name) {
        return std::ranges::any_of(
            program.groups, [&](const RuleGroup& group) { return group.is_callable && group.name == name; });
    };
}

class Compilation {
  public:
    Compilation(const BuiltinRegistry& builtins, const CompileOptions& options)
        : builtins_(&builtins), options_(options) {}

    std::expected<std::shared_ptr<const Program>, Diagnostics> run(std::vector<Source> sources,
                                                                   std::vector<HostFunction> hosts) {
        program_->unit.sources = std::move(sources);
        program_->hosts = std::move(hosts);
        if (!parse()) return failed();
        replace_metadata_calls(program_->unit.sources, modules_, diagnostics_);
        check_names(program_->unit.sources, modules_, diagnostics_);
        placed_ = RuleTree(*program_, diagnostics_).build(modules_);
        if (!diagnostics_.empty()) return failed();
        resolve();
        if (!diagnostics_.empty()) return failed();
        replaced_ = replaced_functions(modules_);
        plan();
        if (!diagnostics_.empty()) return failed();
        check_recursion(*program_, graph_, placed_, diagnostics_);
        if (!diagnostics_.empty()) return failed();
        finish_groups();
        build_indexes(*program_);
        return std::shared_ptr<const Program>(std::move(program_));
    }

  private:
    std::unexpected<Diagnostics> failed() {
        // That there are more than are shown is said last.
        std::ranges::stable_sort(diagnostics_, {}, [](const Diagnostic& one) {
            return std::tuple(one.code == Complaint::limit, one.row, one.column);
        });
        return std::unexpected(std::move(diagnostics_));
    }

    bool parse() {
        for (std::uint32_t file = 0; file < program_->unit.sources.size(); ++file) {
            auto module = parse_module(program_->unit.sources, file, options_.version, options_.limits);
            if (module) {
                modules_.push_back(*std::move(module));
            } else {
                diagnostics_.push_back(std::move(module).error());
            }
        }
        return diagnostics_.empty();
    }

    /// The names each module sees: rules of its package, whichever module they are in, and imports.
    ModuleNames names_of(const Module& module) const {
        ModuleNames names;
        names.version = module.version;
        names.is_function = [this](const std::string& name) {
            return builtins_->find(name) != nullptr ||
                   std::ranges::contains(program_->hosts, name, &HostFunction::name);
        };
        names.is_callable = callables_of(*program_);
        for (const Module& other : modules_) {
            if (other.package != module.package) continue;
            for (const Rule& rule : other.rules) {
                const std::string& name = rule.head.ref.front().text;
                std::vector<std::string> path = {"data"};
                path.insert(path.end(), module.package.begin(), module.package.end());
                path.push_back(name);
                names.globals.try_emplace(name, std::move(path));
            }
        }
        // An import goes before a rule of the same name.
        for (const Import& import : module.imports) names.globals[import.alias] = import.path;
        return names;
    }

    void resolve() {
        std::size_t at = 0;
        for (Module& module : modules_) {
            const ModuleNames names = names_of(module);
            Resolver resolver(program_->unit.sources, names, options_.strictness, diagnostics_);
            for (Rule& rule : module.rules) placed_[at++].slots = resolver.rule(rule).slots;
            if (options_.strictness != Strictness::strict) continue;
            for (const Import& import : module.imports) {
                if (resolver.used_globals().contains(import.alias)) continue;
                report(diagnostics_, program_->unit.sources, import.at, Complaint::compile,
                       std::format("import {} unused", import.alias));
            }
        }
    }

    void plan() {
        graph_.resize(program_->groups.size());
        const PlanOptions options{
            .builtins = builtins_, .keep_prints = options_.keep_prints, .replaced = &replaced_};
        Planner planner(*program_, program_->unit, options, diagnostics_);
        for (const PlacedRule& placed : placed_) plan_rule(planner, placed);
    }

    void plan_rule(Planner& planner, const PlacedRule& placed) {
        RuleGroup& group = program_->groups[placed.group];
        std::int32_t previous = -1;
        for (const Rule* one = placed.rule; one != nullptr; one = one->otherwise.get()) {
            const auto planned = planner.branch(*one, *placed.rule, group.kind, placed.path_size,
                                                placed.slots, placed.module->version);
            graph_[placed.group].insert(planner.references().begin(), planner.references().end());
            const auto number = static_cast<std::int32_t>(program_->rules.size());
            RuleCode& code = program_->rules.emplace_back();
            code.at = one->at;
            code.start = planned.start;
            code.registers = planned.registers;
            code.constant_result = planned.constant_result;
            code.constant = planned.constant;
            code.group = placed.group;
            code.unconditional = one->body.literals.empty();
            if (one != placed.rule) {
                program_->rules[static_cast<std::size_t>(previous)].otherwise = number;
            } else if (placed.rule->is_default) {
                if (group.fallback >= 0) {
                    report(diagnostics_, program_->unit.sources, one->at, Complaint::type,
                           std::format("multiple default rules {} found", group.name));
                }
                group.fallback = number;
            } else {
                group.rules.push_back(static_cast<std::uint32_t>(number));
            }
            previous = number;
        }
        if (placed.rule->head.ref.size() > placed.path_size + 1 ||
            (group.kind == GroupKind::partial_object && placed.rule->head.element)) {
            group.nested = true;
        }
    }

    void finish_groups() {
        for (RuleGroup& group : program_->groups) {
            if (group.kind != GroupKind::complete && group.kind != GroupKind::function) continue;
            bool same = !group.rules.empty();
            Value value;
            for (const std::uint32_t first : group.rules) {
                for (std::int32_t at = static_cast<std::int32_t>(first); at >= 0;
                     at = program_->rules[static_cast<std::size_t>(at)].otherwise) {
                    const RuleCode& code = program_->rules[static_cast<std::size_t>(at)];
                    same = same && code.constant_result && (value.is_undefined() || value == code.constant);
                    value = code.constant;
                }
            }
            group.first_solution_decides = same;
            const bool alone = group.rules.size() == 1 && group.kind == GroupKind::complete && same;
            if (alone && program_->rules[group.rules[0]].unconditional) group.constant = value;
        }
    }

    const BuiltinRegistry* builtins_;
    CompileOptions options_;
    std::shared_ptr<Program> program_ = std::make_shared<Program>();
    std::vector<Module> modules_;
    std::vector<PlacedRule> placed_;
    std::set<std::string> replaced_;
    ReferenceGraph graph_;
    Diagnostics diagnostics_;
};

} // namespace

std::expected<std::shared_ptr<const Program>, Diagnostics> compile_policy(std::vector<Source> sources,
                                                                          const BuiltinRegistry& builtins,
                                                                          std::vector<HostFunction> hosts,
                                                                          const CompileOptions& options) {
    return Compilation(builtins, options).run(std::move(sources), std::move(hosts));
}

std::expected<std::shared_ptr<const QueryCode>, Diagnostics>
compile_query(std::shared_ptr<const Program> program, std::string_view text, const BuiltinRegistry& builtins,
              const CompileOptions& options) {
    auto code = std::make_shared<QueryCode>();
    code->unit.sources.push_back({"query", std::string(text)});
    auto body = parse_query(code->unit.sources, 0, options.limits);
    if (!body) return std::unexpected(Diagnostics{std::move(body).error()});
    Diagnostics diagnostics;
    ModuleNames names;
    names.is_function = [&](const std::string& name) { return builtins.find(name) != nullptr; };
    names.is_callable = callables_of(*program);
    Resolver resolver(code->unit.sources, names, Strictness::normal, diagnostics);
    const ResolvedRule resolved = resolver.query(*body, code->variables);
    if (diagnostics.empty()) {
        const std::set<std::string> replaced;
        const PlanOptions plan{
            .builtins = &builtins, .keep_prints = options.keep_prints, .replaced = &replaced};
        Planner planner(*program, code->unit, plan, diagnostics);
        const auto planned = planner.query(*body, resolved.slots, code->expressions);
        code->start = planned.start;
        code->registers = planned.registers;
    }
    if (!diagnostics.empty()) return std::unexpected(std::move(diagnostics));
    code->program = std::move(program);
    return std::shared_ptr<const QueryCode>(std::move(code));
}

} // namespace redoubt::rego
