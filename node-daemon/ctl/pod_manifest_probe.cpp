// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <array>
#include <format>

#include "node-daemon/ctl/manifest_data.hpp"

namespace redoubt::ctl {
namespace {

constexpr std::int64_t k_highest_port = 65535;
constexpr std::int64_t k_longest = 86400;

/// A number, or the name of one of the container's ports.
Result<std::uint32_t> parse_port(ManifestFields& fields, const std::map<std::string, std::uint32_t>& ports) {
    RDT_TRY(const auto place, fields.need("port"));
    RDT_TRY(const auto word, place.word());
    if (const auto known = ports.find(word); known != ports.end()) return known->second;
    if (yaml::meaning_of(place.node()) == yaml::Meaning::text)
        return place.wrong(std::format("the container has no port '{}'", word));
    RDT_TRY(const auto number, place.integer(1, k_highest_port));
    return static_cast<std::uint32_t>(number);
}

Status read_http(ManifestFields fields, const std::map<std::string, std::uint32_t>& ports, pb::Probe& probe) {
    probe.set_kind(pb::Probe::HTTP);
    RDT_TRY(const auto port, parse_port(fields, ports));
    probe.set_port(port);
    RDT_TRY(*probe.mutable_path(), fields.text("path", "/"));
    RDT_TRY(*probe.mutable_host(), fields.text("host"));
    if (const auto scheme = fields.take("scheme")) {
        RDT_TRY(const auto text, scheme->text());
        if (text != "HTTP" && text != "HTTPS")
            return scheme->wrong(std::format("'{}' is not HTTP or HTTPS", text));
        probe.set_scheme(text == "HTTP" ? "http" : "https");
    }
    RDT_TRY(const auto headers, fields.list("httpHeaders"));
    for (const auto& place : headers) {
        RDT_TRY(auto header, ManifestFields::open(place));
        RDT_TRY(const auto name_place, header.need("name"));
        RDT_TRY(const auto name, name_place.text());
        RDT_TRY(const auto value_place, header.need("value"));
        RDT_TRY((*probe.mutable_headers())[name], value_place.text());
        RDT_CHECK(header.finish());
    }
    return fields.finish();
}

Status read_times(ManifestFields& fields, pb::Probe& probe) {
    RDT_TRY(const auto delay, fields.integer("initialDelaySeconds", 0, 0, k_longest));
    RDT_TRY(const auto period, fields.integer("periodSeconds", 10, 1, k_longest));
    RDT_TRY(const auto timeout, fields.integer("timeoutSeconds", 1, 1, k_longest));
    RDT_TRY(const auto successes, fields.integer("successThreshold", 1, 1, k_longest));
    RDT_TRY(const auto failures, fields.integer("failureThreshold", 3, 1, k_longest));
    probe.set_initial_delay_seconds(static_cast<std::uint32_t>(delay));
    probe.set_period_seconds(static_cast<std::uint32_t>(period));
    probe.set_timeout_seconds(static_cast<std::uint32_t>(timeout));
    probe.set_success_threshold(static_cast<std::uint32_t>(successes));
    probe.set_failure_threshold(static_cast<std::uint32_t>(failures));
    return {};
}

Status read_probe(ManifestFields fields, const std::map<std::string, std::uint32_t>& ports,
                  pb::Probe& probe) {
    RDT_TRY(auto exec, fields.object("exec"));
    RDT_TRY(auto http, fields.object("httpGet"));
    RDT_TRY(auto tcp, fields.object("tcpSocket"));
    const int kinds = (exec ? 1 : 0) + (http ? 1 : 0) + (tcp ? 1 : 0);
    if (kinds != 1) return fields.place().wrong("one of exec, httpGet and tcpSocket is needed");
    if (exec) {
        probe.set_kind(pb::Probe::EXEC);
        RDT_TRY(const auto command, exec->texts("command"));
        for (const auto& word : command) probe.add_command(word);
        RDT_CHECK(exec->finish());
    }
    if (http) RDT_CHECK(read_http(*std::move(http), ports, probe));
    if (tcp) {
        probe.set_kind(pb::Probe::TCP);
        RDT_TRY(const auto port, parse_port(*tcp, ports));
        probe.set_port(port);
        RDT_TRY(*probe.mutable_host(), tcp->text("host"));
        RDT_CHECK(tcp->finish());
    }
    RDT_CHECK(read_times(fields, probe));
    return fields.finish();
}

} // namespace

Status parse_manifest_probes(ManifestFields& container, const std::map<std::string, std::uint32_t>& ports,
                             pb::ContainerSpec& spec) {
    constexpr std::array k_fields = {std::pair{"startupProbe", pb::Probe::STARTUP},
                                     std::pair{"readinessProbe", pb::Probe::READINESS},
                                     std::pair{"livenessProbe", pb::Probe::LIVENESS}};
    for (const auto& [name, purpose] : k_fields) {
        RDT_TRY(auto fields, container.object(name));
        if (!fields) continue;
        auto* probe = spec.add_probes();
        probe->set_purpose(purpose);
        RDT_CHECK(read_probe(*std::move(fields), ports, *probe));
    }
    return {};
}

} // namespace redoubt::ctl
