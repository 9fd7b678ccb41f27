// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/network/cni/attachments.hpp"

#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <set>
#include <system_error>

#include "common/base/file.hpp"
#include "common/encoding/json.hpp"

namespace redoubt::node::network::cni {
namespace {

constexpr json::Limits k_limits{.max_bytes = 4U << 20U, .max_depth = 32};
constexpr char k_separator = '+'; // in neither ids nor interface names
constexpr auto k_ending = ".json";

boost::json::object render(const AttachmentRecord& record) {
    boost::json::array ports;
    for (const auto& port : record.target.ports)
        ports.emplace_back(boost::json::object{{"host_ip", port.host_ip},
                                               {"host_port", port.host_port},
                                               {"container_port", port.container_port},
                                               {"protocol", port.protocol}});
    boost::json::object out{{"version", 1},
                            {"sandbox", record.target.sandbox.str()},
                            {"interface", record.target.interface},
                            {"namespace", record.target.network_namespace.native()},
                            {"ports", std::move(ports)},
                            {"conflist", record.list.text}};
    boost::json::array names;
    for (const auto& name : record.target.names) names.emplace_back(name);
    out["names"] = std::move(names);
    out["ingress"] = record.target.bandwidth.ingress;
    out["egress"] = record.target.bandwidth.egress;
    if (record.result) out["result"] = *record.result;
    return out;
}

Result<std::uint16_t> parse_port_number(const json::Node& node) {
    RDT_TRY(const auto number, node.unsigned_integer());
    if (number > std::numeric_limits<std::uint16_t>::max()) return node.wrong("not a port");
    return static_cast<std::uint16_t>(number);
}

Result<launch::PortMapping> parse_port(const json::Node& node) {
    launch::PortMapping port;
    RDT_TRY(port.host_ip, node["host_ip"].string());
    RDT_TRY(port.host_port, parse_port_number(node["host_port"]));
    RDT_TRY(port.container_port, parse_port_number(node["container_port"]));
    RDT_TRY(port.protocol, node["protocol"].string());
    return port;
}

Result<AttachmentRecord> parse(std::string_view name, std::string_view text) {
    RDT_TRY(const auto document, json::parse(name, text, k_limits));
    const auto root = document.root();
    AttachmentRecord record;
    RDT_TRY(const auto sandbox, root["sandbox"].string());
    record.target.sandbox = SandboxId(sandbox);
    RDT_TRY(record.target.interface, root["interface"].string());
    RDT_TRY(record.target.network_namespace, root["namespace"].string());
    RDT_TRY(const auto ports, root["ports"].array());
    for (const auto& node : ports) {
        RDT_TRY(auto port, parse_port(node));
        record.target.ports.push_back(std::move(port));
    }
    RDT_TRY(record.target.names, root["names"].strings_or_empty());
    RDT_TRY(record.target.bandwidth.ingress, root["ingress"].unsigned_integer_or(0));
    RDT_TRY(record.target.bandwidth.egress, root["egress"].unsigned_integer_or(0));
    RDT_TRY(const auto conflist, root["conflist"].string());
    RDT_TRY(record.list, parse_conflist("conflist", conflist));
    const auto result = root["result"];
    if (result.is_object()) record.result = result.value()->get_object();
    return record;
}

} // namespace

std::string key_of(const AttachmentRecord& record) {
    return record.target.sandbox.str() + " " + record.target.interface;
}

std::filesystem::path Attachments::file_of(const ChainTarget& target) const {
    return folder_ / (target.sandbox.str() + k_separator + target.interface + k_ending);
}

Status Attachments::save(const AttachmentRecord& record) const {
    std::error_code error;
    std::filesystem::create_directories(folder_, error);
    if (error) return fail_errno(error.value(), "make folder {}", folder_.native());
    return write_file(file_of(record.target), boost::json::serialize(render(record)), 0600);
}

Result<std::vector<AttachmentRecord>> Attachments::find(const SandboxId& sandbox) const {
    std::vector<std::filesystem::path> files;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(folder_, error), end; !error && entry != end;
         entry.increment(error)) {
        const auto name = entry->path().filename().native();
        if (name.starts_with(sandbox.str() + k_separator) && name.ends_with(k_ending))
            files.push_back(entry->path());
    }
    std::ranges::sort(files, std::greater{});
    std::vector<AttachmentRecord> records;
    for (const auto& file : files) {
        auto record = read_file(file, k_limits.max_bytes).and_then([&](const std::string& text) {
            return parse(file.native(), text);
        });
        if (!record) return fail(Code::data_loss, "{}", record.error().message);
        records.push_back(std::move(*record));
    }
    return records;
}

std::vector<SandboxId> Attachments::sandboxes() const {
    std::set<std::string> ids;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(folder_, error), end; !error && entry != end;
         entry.increment(error)) {
        const auto name = entry->path().filename().native();
        if (name.ends_with(k_ending) && name.contains(k_separator))
            ids.insert(name.substr(0, name.find(k_separator)));
    }
    std::vector<SandboxId> sandboxes;
    sandboxes.reserve(ids.size());
    for (const auto& id : ids) sandboxes.emplace_back(id);
    return sandboxes;
}

Status Attachments::remove(const AttachmentRecord& record) const {
    const auto file = file_of(record.target);
    if (::unlink(file.c_str()) != 0 && errno != ENOENT) return fail_errno(errno, "remove {}", file.native());
    return {};
}

} // namespace redoubt::node::network::cni
