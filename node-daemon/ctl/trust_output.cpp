// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/trust_output.hpp"

#include <boost/json.hpp>

#include "common/encoding/base64.hpp"
#include "node-daemon/ctl/json_text.hpp"
#include "node-daemon/ctl/table.hpp"

namespace redoubt::ctl {
namespace {

namespace bj = boost::json;

constexpr int k_version = 1; ///< of the forms of --json

TrustView make_view(std::string_view member, bj::array items, std::vector<std::vector<std::string>> rows) {
    for (auto& row : rows)
        for (auto& cell : row) cell = printable(cell);
    return {{{"version", k_version}, {member, std::move(items)}}, std::move(rows)};
}

std::string short_text(const bj::value& value) {
    constexpr std::size_t k_longest = 60;
    auto text = bj::serialize(value);
    if (text.size() > k_longest) text = text.substr(0, k_longest - 3) + "...";
    return text;
}

/// Name, version, created, author; with "removed" where the answer has it.
Result<bj::object> version_value(const json::Node& node) {
    bj::object value;
    RDT_TRY(const auto name, node["name"].string());
    RDT_TRY(const auto version, node["version"].integer());
    RDT_TRY(const auto created, node["created"].string());
    RDT_TRY(const auto author, node["author"].string());
    value["name"] = name;
    value["version"] = version;
    value["created"] = created;
    value["author"] = author;
    if (node["removed"].is_present()) {
        RDT_TRY(const bool is_removed, node["removed"].boolean());
        value["removed"] = is_removed;
    }
    return value;
}

std::string text_of(const bj::object& value, std::string_view key) {
    const auto* member = value.if_contains(key);
    if (member == nullptr || member->is_null()) return "-";
    return member->is_string() ? std::string(member->get_string()) : bj::serialize(*member);
}

std::vector<std::string> texts_of(const bj::object& value, const std::vector<std::string_view>& keys) {
    std::vector<std::string> texts;
    texts.reserve(keys.size());
    for (const auto key : keys) texts.push_back(text_of(value, key));
    return texts;
}

std::string state_of(const bj::object& version) {
    const auto* removed = version.if_contains("removed");
    return removed != nullptr && removed->is_bool() && removed->get_bool() ? "removed" : "kept";
}

std::string yes_or_no(const bj::object& settings, std::string_view key) {
    const auto* member = settings.if_contains(key);
    return member != nullptr && member->is_bool() && member->get_bool() ? "yes" : "no";
}

Status copy_texts(const json::Node& node, const std::vector<std::string_view>& keys, bj::object& into) {
    for (const auto key : keys) {
        RDT_TRY(const auto text, node[key].string());
        into[key] = text;
    }
    return {};
}

Status copy_texts_or_null(const json::Node& node, const std::vector<std::string_view>& keys,
                          bj::object& into) {
    for (const auto key : keys) {
        RDT_TRY(const auto text, node[key].string_or());
        into[key] = text.empty() ? bj::value(nullptr) : bj::value(text);
    }
    return {};
}

} // namespace

std::string render(const TrustView& view, bool json) {
    return json ? indented(view.json) : render_table(view.rows);
}

Result<TrustView> view_resources(const json::Node& list) {
    std::vector<std::vector<std::string>> rows{{"NAME", "VERSION", "CREATED", "AUTHOR"}};
    bj::array items;
    RDT_TRY(const auto nodes, list.array());
    for (const auto& node : nodes) {
        RDT_TRY(auto value, version_value(node));
        rows.push_back(texts_of(value, {"name", "version", "created", "author"}));
        items.push_back(std::move(value));
    }
    return make_view("resources", std::move(items), std::move(rows));
}

Result<TrustView> view_resource_versions(const std::string& name, const json::Node& list) {
    std::vector<std::vector<std::string>> rows{{"VERSION", "CREATED", "STATE", "AUTHOR"}};
    bj::array items;
    RDT_TRY(const auto nodes, list.array());
    for (const auto& node : nodes) {
        RDT_TRY(auto value, version_value(node));
        rows.push_back({text_of(value, "version"), text_of(value, "created"), state_of(value),
                        text_of(value, "author")});
        value.erase("name");
        items.push_back(std::move(value));
    }
    auto view = make_view("versions", std::move(items), std::move(rows));
    view.json["resource"] = name;
    return view;
}

Result<PolicyShown> read_policy_shown(std::string_view kind, const json::Node& node) {
    PolicyShown shown;
    shown.kind = kind;
    RDT_TRY(shown.id, node["policy_id"].string());
    RDT_TRY(shown.version, node["version"].integer());
    RDT_TRY(shown.created, node["created"].string_or());
    RDT_TRY(shown.author, node["author"].string_or());
    RDT_TRY(shown.digest, node["digest"].string());
    RDT_TRY(const auto encoded, node["policy"].string());
    RDT_TRY(shown.text, encoding::from_base64(encoded, encoding::Base64::url));
    return shown;
}

bj::object policy_value(const PolicyShown& policy) {
    bj::object value{{"kind", policy.kind}, {"id", policy.id}, {"version", policy.version}};
    value["created"] = policy.created.empty() ? bj::value(nullptr) : bj::value(policy.created);
    value["author"] = policy.author.empty() ? bj::value(nullptr) : bj::value(policy.author);
    value["digest"] = policy.digest;
    return value;
}

TrustView view_policies(const std::vector<PolicyShown>& policies) {
    std::vector<std::vector<std::string>> rows{{"KIND", "ID", "VERSION", "CREATED", "AUTHOR", "DIGEST"}};
    bj::array items;
    for (const auto& policy : policies) {
        auto value = policy_value(policy);
        auto row = texts_of(value, {"kind", "id", "version", "created", "author", "digest"});
        if (policy.version == 0) row[2] = "built-in";
        rows.push_back(std::move(row));
        items.push_back(std::move(value));
    }
    return make_view("policies", std::move(items), std::move(rows));
}

Result<TrustView> view_reference_values(const json::Node& list) {
    std::vector<std::vector<std::string>> rows{{"NAME", "VALUE", "EXPIRES", "SOURCE"}};
    bj::array items;
    RDT_TRY(const auto nodes, list.array());
    for (const auto& node : nodes) {
        bj::object value;
        RDT_CHECK(copy_texts(node, {"name", "expires", "source"}, value));
        if (node["value"].value() == nullptr) return node.wrong("without a value");
        value["value"] = *node["value"].value();
        rows.push_back({text_of(value, "name"), short_text(value["value"]), text_of(value, "expires"),
                        text_of(value, "source")});
        items.push_back(std::move(value));
    }
    return make_view("reference_values", std::move(items), std::move(rows));
}

Result<TrustView> view_reference_value_versions(const std::string& name, const json::Node& list) {
    std::vector<std::vector<std::string>> rows{{"VERSION", "CREATED", "AUTHOR", "EXPIRES", "VALUE"}};
    bj::array items;
    RDT_TRY(const auto nodes, list.array());
    for (const auto& node : nodes) {
        RDT_TRY(auto value, version_value(node));
        value.erase("name");
        for (const auto* key : {"value", "expires", "source"})
            value[key] = node[key].is_present() ? *node[key].value() : bj::value(nullptr);
        auto row = texts_of(value, {"version", "created", "author", "expires"});
        row.push_back(value["value"].is_null() ? state_of(value) : short_text(value["value"]));
        rows.push_back(std::move(row));
        items.push_back(std::move(value));
    }
    auto view = make_view("versions", std::move(items), std::move(rows));
    view.json["reference_value"] = name;
    return view;
}

Result<TrustView> view_tenants(const json::Node& list) {
    std::vector<std::vector<std::string>> rows{
        {"NAME", "APPROVAL", "SIGNED VALUES", "SIMULATION", "VLEK", "CREATED", "AUTHOR"}};
    bj::array items;
    RDT_TRY(const auto nodes, list.array());
    for (const auto& node : nodes) {
        RDT_TRY(auto value, version_value(node));
        if (!node["settings"].is_object()) return node["settings"].wrong("not an object");
        const auto& settings = node["settings"].value()->get_object();
        rows.push_back({text_of(value, "name"), yes_or_no(settings, "require_approval"),
                        yes_or_no(settings, "require_signed_reference_values"),
                        yes_or_no(settings, "allow_simulation"), yes_or_no(settings, "allow_vlek"),
                        text_of(value, "created"), text_of(value, "author")});
        value["settings"] = settings;
        items.push_back(std::move(value));
    }
    return make_view("tenants", std::move(items), std::move(rows));
}

Result<TrustView> view_approvals(const json::Node& list) {
    const std::vector<std::string_view> keys{"approval", "tenant", "operation", "object", "by", "ends"};
    std::vector<std::vector<std::string>> rows{
        {"APPROVAL", "TENANT", "OPERATION", "OBJECT", "ASKED BY", "ENDS"}};
    bj::array items;
    RDT_TRY(const auto nodes, list.array());
    for (const auto& node : nodes) {
        bj::object value;
        RDT_CHECK(copy_texts(node, keys, value));
        rows.push_back(texts_of(value, keys));
        value["facts"] = node["facts"].is_present() ? *node["facts"].value() : bj::value(bj::object());
        items.push_back(std::move(value));
    }
    return make_view("approvals", std::move(items), std::move(rows));
}

Result<TrustView> view_collateral(const json::Node& list) {
    std::vector<std::vector<std::string>> rows{
        {"PLACE", "KIND", "FROM", "UNTIL", "STATE", "SOURCE", "CAME", "NAME", "LAST ERROR"}};
    bj::array items;
    RDT_TRY(const auto nodes, list.array());
    for (const auto& node : nodes) {
        bj::object value;
        RDT_CHECK(copy_texts(node, {"place", "kind", "name"}, value));
        RDT_CHECK(copy_texts_or_null(node, {"from", "until"}, value));
        RDT_TRY(const bool is_expired, node["expired"].boolean());
        value["expired"] = is_expired;
        RDT_CHECK(copy_texts(node, {"source"}, value));
        RDT_CHECK(copy_texts_or_null(node, {"origin", "came", "last_error"}, value));
        auto row = texts_of(value, {"place", "kind", "from", "until"});
        const auto* state = is_expired ? "EXPIRED" : "good";
        row.emplace_back(value["from"].is_null() ? "MISSING" : state);
        const auto rest = texts_of(value, {"source", "came", "name", "last_error"});
        row.insert(row.end(), rest.begin(), rest.end());
        rows.push_back(std::move(row));
        items.push_back(std::move(value));
    }
    return make_view("collateral", std::move(items), std::move(rows));
}

Result<std::string> render_audit_line(std::string_view line) {
    RDT_TRY(const auto document, json::parse("record", line));
    const auto root = document.root();
    RDT_TRY(const auto number, root["seq"].integer());
    std::string text = std::to_string(number);
    for (const auto* key : {"t", "tenant", "actor", "op", "object", "decision", "reason"}) {
        RDT_TRY(const auto part, root[key].string_or());
        if (key != std::string_view("reason"))
            text += " " + (part.empty() ? "-" : printable(part));
        else if (!part.empty())
            text += ": " + printable(part);
    }
    return text + "\n";
}

std::string render_changes(const std::vector<TrustChange>& changes, bool json) {
    bj::array items;
    std::string text;
    for (const auto& [object, approval] : changes) {
        const bool waits = !approval.empty();
        items.push_back(bj::object{{"object", object},
                                   {"state", waits ? "waits" : "done"},
                                   {"approval", waits ? bj::value(approval) : bj::value(nullptr)}});
        text += object;
        if (waits) text += " waits for another administrator: redoubtctl trust approval approve " + approval;
        text += '\n';
    }
    if (json) return indented(bj::object{{"version", k_version}, {"changes", std::move(items)}});
    return text;
}

} // namespace redoubt::ctl
