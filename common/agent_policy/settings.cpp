// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/agent_policy/settings.hpp"

#include <boost/json.hpp>

#include <string>

namespace redoubt::agent_policy {
namespace {

/// Whose members are names the settings' author chooses.
bool is_open(const std::string& path) {
    return path == "settings.sysctls";
}

std::string_view kind_of(const boost::json::value& value) {
    if (value.is_object()) return "an object";
    if (value.is_array()) return "an array";
    if (value.is_string()) return "a string";
    return value.is_bool() ? "a boolean" : "a number";
}

bool same_kind(const boost::json::value& a, const boost::json::value& b) {
    return a.is_number() ? b.is_number() : a.kind() == b.kind();
}

Status merge(boost::json::object& into, const boost::json::object& from, const std::string& path) {
    for (const auto& [key, value] : from) {
        const std::string here = path + "." + std::string(key);
        auto* known = into.if_contains(key);
        if (known == nullptr && !is_open(path)) return fail(Code::invalid_argument, "{}: not known", here);
        if (known == nullptr) {
            if (!value.is_string()) return fail(Code::invalid_argument, "{}: not a string", here);
            into[key] = value;
            continue;
        }
        if (!same_kind(*known, value))
            return fail(Code::invalid_argument, "{}: not {}", here, kind_of(*known));
        if (known->is_object()) {
            RDT_CHECK(merge(known->as_object(), value.as_object(), here));
        } else {
            *known = value;
        }
    }
    return {};
}

} // namespace

Result<json::Document> read_settings(std::string_view text, NodeKind node) {
    boost::json::value settings = boost::json::parse(default_settings());
    if (node == NodeKind::redoubt)
        RDT_CHECK(
            merge(settings.as_object(), boost::json::parse(redoubt_settings()).as_object(), "built in"));
    if (!text.empty()) {
        RDT_TRY(const auto changes, json::parse("settings", text));
        RDT_CHECK(changes.root().expect_object());
        RDT_CHECK(merge(settings.as_object(), changes.root().value()->as_object(), "settings"));
    }
    json::Document document(std::move(settings), "settings");
    RDT_TRY(const auto version, document.root()["version"].integer());
    if (version != 1) return document.root()["version"].wrong("only version 1 is known");
    return document;
}

} // namespace redoubt::agent_policy
