// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/rego/compile/annotations.hpp"

#include <algorithm>
#include <format>
#include <set>

#include "common/rego/builtins/yaml.hpp"
#include "common/rego/compile/annotation_object.hpp"

namespace redoubt::rego {
namespace {

using Path = std::vector<std::string>;

std::string_view without_blanks(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
        text.remove_suffix(1);
    return text;
}

/// The part of a rule's reference that is the same for all its values.
Path path_of(const Module& module, const Rule& rule) {
    Path path = module.package;
    path.push_back(rule.head.ref.front().text);
    for (std::size_t i = 1; i < rule.head.ref.size() && rule.head.ref[i].kind == TermKind::string; ++i)
        path.push_back(rule.head.ref[i].text);
    return path;
}

std::string_view text_of(const Value& object, std::string_view key) {
    for (const Member& one : object.members()) {
        if (one.key.is_string() && one.key.as_string() == key && one.value.is_string())
            return one.value.as_string();
    }
    return {};
}

bool is_entrypoint(const Value& object) {
    return std::ranges::any_of(object.members(), [](const Member& one) {
        return one.key.is_string() && one.key.as_string() == "entrypoint" && one.value.is_true();
    });
}

} // namespace

Annotations::Annotations(const std::vector<Source>& sources, const std::vector<Module>& modules,
                         Diagnostics& diagnostics)
    : sources_(&sources), diagnostics_(&diagnostics) {
    for (const Module& module : modules) read_module(module);
}

std::vector<Annotations::Block> Annotations::blocks_of(const Module& module) const {
    std::vector<Block> blocks;
    bool is_inside = false;
    Location before;
    for (const Comment& comment : module.comments) {
        const std::string_view text = std::string_view((*sources_)[module.file].text)
                                          .substr(comment.begin, comment.end - comment.begin);
        const bool follows = comment.at.row == before.row + 1 && comment.at.column == before.column;
        before = comment.at;
        if (is_inside && follows) {
            blocks.back().yaml += text;
            blocks.back().yaml += '\n';
            blocks.back().last_row = comment.at.row;
        } else {
            is_inside = without_blanks(text) == "METADATA";
            if (is_inside) blocks.push_back({comment.at, comment.at.row, {}});
        }
    }
    return blocks;
}

void Annotations::read_module(const Module& module) {
    std::vector<std::uint32_t> starts{module.package_at.row};
    for (const Import& import : module.imports) starts.push_back(import.at.row);
    for (const Rule& rule : module.rules) starts.push_back(rule.at.row);
    std::ranges::sort(starts);
    for (const Block& block : blocks_of(module)) {
        const auto next = std::ranges::upper_bound(starts, block.last_row);
        if (next == starts.end()) continue;
        if (*next == module.package_at.row) {
            take(module, nullptr, block);
            continue;
        }
        for (const Rule& rule : module.rules) {
            if (rule.at.row == *next) take(module, &rule, block);
        }
    }
}

void Annotations::take(const Module& module, const Rule* rule, const Block& block) {
    const auto yaml = parse_yaml(arena_, block.yaml);
    if (!yaml) return complain(block.at, yaml.error().message);
    if (!yaml->is_object()) return complain(block.at, "expected METADATA block, found whitespace");
    std::string_view scope = text_of(*yaml, "scope");
    if (scope.empty()) scope = rule == nullptr ? "package" : is_entrypoint(*yaml) ? "document" : "rule";
    static const std::set<std::string_view> of_packages{"package", "subpackages"};
    static const std::set<std::string_view> of_rules{"rule", "document"};
    if (!of_packages.contains(scope) && !of_rules.contains(scope))
        return complain(block.at, std::format("invalid scope '{}'", scope));
    if (of_packages.contains(scope) != (rule == nullptr))
        return complain(block.at, std::format("annotation scope '{}' must be applied to {}", scope,
                                              rule == nullptr ? "rule" : "package"));
    const auto object = annotation_object(arena_, *yaml, scope);
    if (!object) return complain(block.at, object.error().message);
    if (scope == "rule") {
        rules_[rule].push_back(*object);
        return;
    }
    auto& place = scope == "document" ? documents_ : scope == "package" ? packages_ : subpackages_;
    if (!place.emplace(rule == nullptr ? module.package : path_of(module, *rule), *object).second)
        complain(block.at, std::format("{} annotation redeclared", scope));
}

Value Annotations::of_rule(const Rule& rule) const {
    const auto found = rules_.find(&rule);
    return found == rules_.end() ? Value::empty_object() : found->second.back();
}

Value Annotations::link(const Path& path, const Value& annotations) {
    ArrayBuilder words;
    for (const std::string& word : path) words.push(make_string(arena_, word));
    ObjectBuilder object;
    object.insert(make_string(arena_, "path"), words.build(arena_));
    if (annotations.is_defined()) object.insert(make_string(arena_, "annotations"), annotations);
    return object.build(arena_);
}

Value Annotations::chain(const Module& module, const Rule& rule) {
    ArrayBuilder links;
    const Path path = path_of(module, rule);
    const auto own = rules_.find(&rule);
    if (own == rules_.end()) {
        links.push(link(path, {}));
    } else {
        for (auto one = own->second.rbegin(); one != own->second.rend(); ++one) links.push(link(path, *one));
    }
    if (const auto found = documents_.find(path); found != documents_.end())
        links.push(link(path, found->second));
    if (const auto found = packages_.find(module.package); found != packages_.end())
        links.push(link(module.package, found->second));
    for (Path around = module.package; !around.empty(); around.pop_back()) {
        if (const auto found = subpackages_.find(around); found != subpackages_.end())
            links.push(link(around, found->second));
    }
    return links.build(arena_);
}

void Annotations::complain(Location at, std::string message) {
    report(*diagnostics_, *sources_, at, Complaint::parse, std::move(message));
}

} // namespace redoubt::rego
