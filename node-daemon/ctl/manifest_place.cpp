// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/manifest_place.hpp"

#include <algorithm>
#include <charconv>
#include <format>

namespace redoubt::ctl {

using Kind = yaml::Node::Kind;
using yaml::Meaning;

ManifestPlace ManifestPlace::inside(const std::string& document) const {
    auto place = *this;
    place.document_ = document;
    return place;
}

std::unexpected<Error> ManifestPlace::wrong(std::string_view what) const {
    std::string names;
    if (!document_.empty()) names += document_ + ": ";
    if (!path_.empty()) names += path_ + ": ";
    return fail(Code::invalid_argument, "{}: line {}: {}{}", where_, node_->line, names, what);
}

Result<std::string> ManifestPlace::text() const {
    if (node_->kind != Kind::scalar) return wrong("not text");
    const auto meaning = yaml::meaning_of(*node_);
    if (meaning == Meaning::text) return node_->text;
    if (meaning == Meaning::null) return wrong("no text; \"\" is empty text");
    return wrong(std::format("'{}' is {}, not text: put it in quotes", node_->text,
                             meaning == Meaning::boolean ? "a boolean" : "a number"));
}

Result<bool> ManifestPlace::boolean() const {
    if (node_->kind != Kind::scalar || yaml::meaning_of(*node_) != Meaning::boolean)
        return wrong("not true or false");
    return yaml::truth_of(*node_);
}

Result<std::int64_t> ManifestPlace::integer(std::int64_t least, std::int64_t most) const {
    std::int64_t value = 0;
    const auto& text = node_->text;
    const bool is_number = node_->kind == Kind::scalar && yaml::meaning_of(*node_) == Meaning::integer;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (!is_number || error != std::errc() || end != text.data() + text.size() || value < least ||
        value > most)
        return wrong(std::format("not a whole number from {} to {}", least, most));
    return value;
}

Result<std::string> ManifestPlace::word() const {
    if (node_->kind != Kind::scalar) return wrong("not a number or text");
    const auto meaning = yaml::meaning_of(*node_);
    if (meaning == Meaning::null || meaning == Meaning::boolean) return wrong("not a number or text");
    return node_->text;
}

Result<std::vector<ManifestPlace>> ManifestPlace::list() const {
    if (node_->kind != Kind::sequence) return wrong("not a list");
    std::vector<ManifestPlace> places;
    for (std::size_t i = 0; i < node_->items.size(); ++i) {
        ManifestPlace place(node_->items[i], where_, std::format("{}[{}]", path_, i));
        places.push_back(place.inside(document_));
    }
    return places;
}

Result<std::vector<std::string>> ManifestPlace::texts() const {
    RDT_TRY(const auto places, list());
    std::vector<std::string> texts;
    for (const auto& place : places) {
        RDT_TRY(auto text, place.text());
        texts.push_back(std::move(text));
    }
    return texts;
}

Result<std::map<std::string, std::string>> ManifestPlace::text_map() const {
    if (node_->kind != Kind::mapping) return wrong("not an object");
    std::map<std::string, std::string> map;
    for (const auto& member : node_->members) {
        const ManifestPlace place(member.value, where_, std::format("{}['{}']", path_, member.key));
        RDT_TRY(auto text, place.inside(document_).text());
        map.emplace(member.key, std::move(text));
    }
    return map;
}

Result<ManifestFields> ManifestFields::open(ManifestPlace place) {
    if (place.node().kind != Kind::mapping) return place.wrong("not an object");
    return ManifestFields(std::move(place));
}

ManifestPlace ManifestFields::at(const yaml::Member& member) const {
    const auto& parent = place_.path_;
    const ManifestPlace place(member.value, place_.where_,
                              parent.empty() ? member.key : parent + "." + member.key);
    return place.inside(place_.document_);
}

std::optional<ManifestPlace> ManifestFields::take(const std::string& name) {
    taken_.insert(name);
    const auto& members = place_.node().members;
    const auto found = std::ranges::find(members, name, &yaml::Member::key);
    if (found == members.end()) return std::nullopt;
    const auto& value = found->value;
    if (value.kind == Kind::scalar && yaml::meaning_of(value) == Meaning::null) return std::nullopt;
    return at(*found);
}

Result<ManifestPlace> ManifestFields::need(const std::string& name) {
    if (auto found = take(name)) return *std::move(found);
    const auto path = place_.path_.empty() ? name : place_.path_ + "." + name;
    return ManifestPlace(place_.node(), place_.where_, path).inside(place_.document_).wrong("missing");
}

void ManifestFields::ignore(std::initializer_list<const char*> names) {
    for (const auto* name : names) taken_.insert(name);
}

Status ManifestFields::finish() const {
    for (const auto& member : place_.node().members) {
        if (taken_.contains(member.key)) continue;
        auto place = at(member);
        auto named = member.value;
        named.line = member.line;
        place.node_ = &named;
        return place.wrong("this field is not known, or not done here");
    }
    return {};
}

Result<std::string> ManifestFields::text(const std::string& name, std::string fallback) {
    const auto field = take(name);
    if (!field) return fallback;
    return field->text();
}

Result<bool> ManifestFields::boolean(const std::string& name, bool fallback) {
    const auto field = take(name);
    if (!field) return fallback;
    return field->boolean();
}

Result<std::int64_t> ManifestFields::integer(const std::string& name, std::int64_t fallback,
                                             std::int64_t least, std::int64_t most) {
    const auto field = take(name);
    if (!field) return fallback;
    return field->integer(least, most);
}

Result<std::vector<std::string>> ManifestFields::texts(const std::string& name) {
    const auto field = take(name);
    if (!field) return std::vector<std::string>();
    return field->texts();
}

Result<std::vector<ManifestPlace>> ManifestFields::list(const std::string& name) {
    const auto field = take(name);
    if (!field) return std::vector<ManifestPlace>();
    return field->list();
}

Result<std::map<std::string, std::string>> ManifestFields::text_map(const std::string& name) {
    const auto field = take(name);
    if (!field) return std::map<std::string, std::string>();
    return field->text_map();
}

Result<std::optional<ManifestFields>> ManifestFields::object(const std::string& name) {
    const auto field = take(name);
    if (!field) return std::optional<ManifestFields>();
    RDT_TRY(auto fields, open(*field));
    return std::optional(std::move(fields));
}

} // namespace redoubt::ctl
