// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "tests/performance/kbs/load_plan.hpp"

#include "common/encoding/hex.hpp"
#include "common/encoding/json.hpp"

namespace redoubt::performance {
namespace {

Result<Operation> parse_operation(const json::Node& node) {
    RDT_TRY(const auto name, node.string());
    if (name == "handshake") return Operation::handshake;
    if (name == "read") return Operation::read;
    return node.wrong("neither handshake nor read");
}

Result<std::string> bytes_in_hex(const json::Node& node) {
    RDT_TRY(const auto text, node.string());
    return encoding::from_hex(text).transform_error(context("{}", node.path()));
}

} // namespace

Result<LoadPlan> parse_plan(std::string_view text) {
    RDT_TRY(const auto document, json::parse("plan", text));
    const auto root = document.root();
    LoadPlan plan;
    RDT_TRY(const auto url, root["broker"].string());
    RDT_TRY(plan.broker, http::parse_url(url));
    RDT_TRY(plan.authority, root["authority"].string());
    RDT_TRY(const auto process, root["process"].unsigned_integer());
    plan.process = static_cast<pid_t>(process);
    RDT_TRY(plan.operation, parse_operation(root["operation"]));
    RDT_TRY(plan.count, root["count"].unsigned_integer());
    RDT_TRY(plan.rate, root["rate"].unsigned_integer());
    RDT_TRY(plan.connections, root["connections"].unsigned_integer());
    if (plan.count == 0 || plan.connections == 0) return root.wrong("count and connections are at least 1");
    RDT_TRY(plan.resource, root["resource"].string());
    RDT_TRY(plan.init_data, root["init_data"].string());
    RDT_TRY(plan.chip_key, root["chip_key"].string());
    RDT_TRY(plan.report, bytes_in_hex(root["report"]));
    RDT_TRY(plan.certificates, bytes_in_hex(root["certificates"]));
    return plan;
}

} // namespace redoubt::performance
