// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/attest_sources.hpp"

#include <chrono>
#include <cstdlib>
#include <iterator>

#include "common/base/file.hpp"
#include "common/encoding/hex.hpp"
#include "common/tee/cli/inputs.hpp"
#include "node-daemon/ctl/trust_client.hpp"
#include "node-daemon/ctl/trust_settings.hpp"

namespace redoubt::ctl {
namespace {

constexpr std::size_t k_measurement_size = 48;

tee::Time time_now() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

Status add_hex(std::vector<std::string>& values, const json::Node& node) {
    RDT_TRY(const auto texts, node.strings());
    for (const auto& text : texts) {
        RDT_TRY(auto bytes, encoding::from_hex(text).transform_error(context("{}", node.path())));
        values.push_back(std::move(bytes));
    }
    return {};
}

Status add_nodes(tee::host::HostExpectations& host, const json::Node& list, const std::string& source) {
    RDT_TRY(auto nodes, tee::host::parse_enrolled_nodes(list));
    std::ranges::move(nodes, std::back_inserter(host.nodes));
    host.nodes_source += (host.nodes_source.empty() ? "" : ", ") + source;
    return {};
}

Status read_files(const AttestNodeOptions& options, AttestExpectations& expectations) {
    auto& host = expectations.host;
    for (const auto& file : options.references) {
        RDT_TRY(const auto text, read_file(file));
        RDT_CHECK(tee::host::add_measurements(host.reference, text, file));
    }
    for (const auto& pcr : options.pcrs) RDT_CHECK(tee::host::add_register(host.reference, pcr, "--pcr"));
    if (options.enrolment.empty()) return {};
    RDT_TRY(const auto text, read_file(options.enrolment));
    RDT_TRY(const auto document, json::parse(options.enrolment, text));
    return add_nodes(host, document.root()[tee::host::k_enrolled_nodes], options.enrolment);
}

Status read_guest_options(const AttestNodeOptions& options, tee::host::GuestExpectations& guest) {
    guest.container = options.container;
    guest.runtime_data = options.runtime_data;
    guest.allows_simulation = options.allow_simulation;
    RDT_TRY(guest.measurements,
            tee::cli::read_hex_list("--measurement", options.measurements, k_measurement_size));
    RDT_TRY(guest.host_data, tee::cli::read_hex_list("--init-data", options.init_data, 0));
    RDT_TRY(guest.authorities, tee::sev_snp::production_authorities());
    RDT_TRY(auto anchors, tee::cli::load_anchors(options.anchors));
    std::ranges::move(anchors, std::back_inserter(guest.authorities.anchors));
    RDT_TRY(auto pool, tee::cli::load_pool(options.certs));
    guest.endorsements = {std::move(pool.certificates), std::move(pool.revocation_lists)};
    return {};
}

std::string environment_of(const char* name) {
    const char* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): one thread
    return value == nullptr ? "" : value;
}

Status ask_broker(const AttestNodeOptions& options, AttestExpectations& expectations, tee::Time now) {
    RDT_TRY(const auto connection,
            complete_connection(options.connection, environment_of, trust_config_file(environment_of)));
    RDT_TRY(auto client, TrustClient::make(connection));
    RDT_TRY(const auto answer, client.get("/redoubt/v1/reference-values"));
    return add_broker_values(expectations, answer.root(), connection.kbs, now);
}

} // namespace

Status add_broker_values(AttestExpectations& expectations, const json::Node& list, const std::string& broker,
                         tee::Time now) {
    RDT_TRY(const auto entries, list.array());
    for (const auto& entry : entries) {
        RDT_TRY(const auto name, entry["name"].string());
        RDT_TRY(const auto expires_text, entry["expires"].string());
        RDT_TRY(const auto expires,
                tee::parse_time(expires_text).transform_error(context("{}", entry["expires"].path())));
        if (expires <= now) continue;
        const auto value = entry["value"];
        if (name == tee::host::k_enrolled_nodes) {
            RDT_CHECK(add_nodes(expectations.host, value, broker));
        } else if (name.starts_with("tpm_pcr")) {
            RDT_CHECK(tee::host::add_reference_value(expectations.host.reference, name, value, broker));
        } else if (name == "snp_launch_measurement") {
            RDT_CHECK(add_hex(expectations.guest.measurements, value));
        } else if (name == "init_data") {
            RDT_CHECK(add_hex(expectations.guest.host_data, value));
        }
    }
    return {};
}

Result<AttestExpectations> read_expectations(const AttestNodeOptions& options) {
    AttestExpectations expectations;
    expectations.guest.at = time_now();
    RDT_CHECK(read_files(options, expectations));
    RDT_CHECK(read_guest_options(options, expectations.guest));
    if (options.ask_broker) RDT_CHECK(ask_broker(options, expectations, expectations.guest.at));
    return expectations;
}

} // namespace redoubt::ctl
