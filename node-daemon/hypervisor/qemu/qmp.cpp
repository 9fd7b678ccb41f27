// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/hypervisor/qemu/qmp.hpp"

#include <boost/json/serialize.hpp>

#include "common/encoding/json.hpp"

namespace redoubt::node::hypervisor::qemu {
namespace {

constexpr std::size_t k_max_depth = 32;

Result<QmpMessage> parse_greeting(const json::Node& greeting) {
    const auto version = greeting["version"]["qemu"];
    RDT_TRY(const auto major, version["major"].integer());
    RDT_TRY(const auto minor, version["minor"].integer());
    RDT_TRY(const auto micro, version["micro"].integer());
    return QmpGreeting{major, minor, micro};
}

Result<QmpMessage> parse_event(const json::Node& root) {
    RDT_TRY(auto name, root["event"].string());
    QmpEvent event{std::move(name), {}};
    if (const auto data = root["data"]; data.is_present()) {
        RDT_CHECK(data.expect_object());
        event.data = data.value()->as_object();
    }
    return event;
}

Result<QmpMessage> parse_failure(const json::Node& root) {
    // A command that QEMU cannot even parse is answered without an id; ours always parse, so that is a broken
    // stream.
    RDT_TRY(const auto id, root["id"].unsigned_integer());
    RDT_TRY(auto error_class, root["error"]["class"].string());
    RDT_TRY(auto description, root["error"]["desc"].string());
    return QmpFailure{id, std::move(error_class), std::move(description)};
}

} // namespace

Result<QmpMessage> parse_qmp_message(std::string_view line) {
    RDT_TRY(const auto document,
            json::parse("qmp", line, {.max_bytes = QmpDecoder::k_max_line, .max_depth = k_max_depth}));
    const auto root = document.root();
    RDT_CHECK(root.expect_object());
    const auto& members = root.value()->as_object();
    if (members.contains("QMP")) return parse_greeting(root["QMP"]);
    if (members.contains("event")) return parse_event(root);
    if (members.contains("error")) return parse_failure(root);
    if (const auto* value = members.if_contains("return")) {
        RDT_TRY(const auto id, root["id"].unsigned_integer());
        return QmpReturn{id, *value};
    }
    return root.wrong("neither greeting, reply nor event");
}

Result<std::vector<QmpMessage>> QmpDecoder::feed(std::string_view bytes) {
    std::vector<QmpMessage> messages;
    while (!bytes.empty()) {
        const auto end = bytes.find('\n');
        const auto piece = bytes.substr(0, end);
        if (line_.size() + piece.size() > k_max_line)
            return fail(Code::resource_exhausted, "qmp: line longer than {} bytes", k_max_line);
        line_ += piece;
        if (end == std::string_view::npos) break;
        bytes.remove_prefix(end + 1);
        if (line_.ends_with('\r')) line_.pop_back();
        if (!line_.empty()) {
            RDT_TRY(auto message, parse_qmp_message(line_));
            messages.push_back(std::move(message));
        }
        line_.clear();
    }
    return messages;
}

std::string string_member(const boost::json::object& object, std::string_view name) {
    const auto* member = object.if_contains(name);
    if (member == nullptr || !member->is_string()) return {};
    return std::string(member->get_string());
}

std::string render_qmp_command(std::uint64_t id, std::string_view command,
                               const boost::json::object& arguments) {
    boost::json::object object{{"execute", command}, {"id", id}};
    if (!arguments.empty()) object["arguments"] = arguments;
    return boost::json::serialize(object) + "\n";
}

} // namespace redoubt::node::hypervisor::qemu
