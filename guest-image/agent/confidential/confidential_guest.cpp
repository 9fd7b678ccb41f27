// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/confidential/confidential_guest.hpp"

#include <fcntl.h>

#include <boost/asio/posix/stream_descriptor.hpp>

#include <optional>
#include <utility>

#include "common/base/file.hpp"
#include "common/crypto/secret.hpp"
#include "common/encoding/hex.hpp"
#include "common/initdata/image_settings.hpp"
#include "common/log/log.hpp"
#include "common/relay/frame.hpp"
#include "common/tee/simtee_link/messages.hpp"
#include "common/ttrpc/byte_stream.hpp"
#include "guest-image/agent/confidential/initdata_search.hpp"
#include "guest-image/agent/mount/guest_setup.hpp"
#include "guest-image/attester/configfs_tsm/configfs_tsm_device.hpp"
#include "guest-image/attester/simtee/simtee_device.hpp"
#include "guest-image/key_release/no_resources.hpp"

namespace redoubt::guest::confidential {
namespace {

/// The virtio-serial port of that name. Errors: not_found there is none.
Result<std::unique_ptr<ttrpc::ByteStream>> open_port(std::string_view name,
                                                     const asio::any_io_executor& executor) {
    const auto node = mount::find_serial_port(std::string(name));
    if (node.empty()) return fail(Code::not_found, "the VM has no serial port '{}'", name);
    RDT_TRY(auto port, open_file(node, O_RDWR | O_NONBLOCK));
    return ttrpc::make_port_stream(asio::posix::stream_descriptor(executor, port.release()));
}

Result<std::unique_ptr<attester::EvidenceDevice>> open_device(Processor processor,
                                                              const asio::any_io_executor& executor) {
    if (processor == Processor::hardware)
        return std::make_unique<attester::configfs_tsm::ConfigfsTsmDevice>();
    // Who has a processor has no use for a simulator, and evidence of the one must never stand for the other.
    if (attester::configfs_tsm::has_secure_processor())
        return fail(Code::failed_precondition, "{} on a guest with a secure processor",
                    tee::simtee_link::k_cmdline_mark);
    RDT_TRY(auto port, open_port(tee::simtee_link::k_port_name, executor));
    log::warning("evidence comes from a simulator: nothing is protected",
                 {{"WORD", std::string(tee::simtee_link::k_cmdline_mark)}});
    return std::make_unique<attester::simtee::SimteeDevice>(std::move(port));
}

/// Evidence that nobody can have made before.
Task<attester::Evidence> fresh_evidence(attester::Attester& attester) {
    RDT_CO_TRY(auto nonce, crypto::random_bytes(attester::k_report_data_size));
    co_return (co_await attester.attest(std::move(nonce))).transform_error(context("evidence"));
}

Result<std::unique_ptr<policy::Gate>> load_gate(const initdata::Initdata& initdata) {
    const auto* const text = initdata.find(initdata::k_policy_entry);
    if (text == nullptr)
        return fail(Code::not_found, "there is no entry '{}' in it", initdata::k_policy_entry);
    return policy::Gate::load(*text);
}

Result<image::ImageAuthority> load_image_authority(const initdata::Initdata& initdata) {
    RDT_TRY(auto settings, initdata::parse_image_settings(initdata));
    return image::ImageAuthority::make(std::move(settings)).transform_error(context("cdh.toml"));
}

/// A guest without a broker serves; it has no secrets.
Status add_resources(ConfidentialGuest& guest, const initdata::Initdata& initdata, std::string text,
                     const asio::any_io_executor& executor) {
    const auto* const settings_text = initdata.find(initdata::k_attestation_entry);
    if (settings_text == nullptr) {
        guest.resources = key_release::no_resources(
            {Code::failed_precondition, "initdata names no broker: it has no entry 'aa.toml'"});
        return {};
    }
    RDT_TRY(auto settings, key_release::parse_broker_settings(*settings_text));
    if (auto port = open_port(relay::k_port_name, executor)) {
        guest.relay = std::make_unique<key_release::RelayPort>(*std::move(port));
    }
    key_release::BrokerParts parts{.settings = std::move(settings),
                                   .init_data = std::move(text),
                                   .dial = {},
                                   .patience = {},
                                   .tee = guest.tee};
    parts.dial = [relay = guest.relay.get()]() -> Task<std::unique_ptr<ttrpc::ByteStream>> {
        if (relay == nullptr)
            co_return fail(Code::failed_precondition, "the VM has no serial port '{}'", relay::k_port_name);
        co_return co_await relay->connect();
    };
    RDT_TRY(auto broker, key_release::BrokerClient::make(std::move(parts), *guest.attester, executor));
    guest.broker = broker.get();
    guest.resources = std::move(broker);
    return {};
}

} // namespace

Status check_launch(const initdata::Initdata& initdata, const attester::Evidence& evidence) {
    const bool is_host_data = evidence.init_data.size() == initdata::k_host_data_size;
    const auto expected = is_host_data ? initdata.host_data() : initdata.mr_config_id();
    if (evidence.init_data == expected) return {};
    return fail(Code::permission_denied, "the disk's digest {} is not what this guest was launched with, {}",
                initdata.digest().str(), encoding::to_hex(evidence.init_data));
}

Task<ConfidentialGuest> start_confidential(ConfidentialOptions options) {
    const auto executor = co_await asio::this_coro::executor;
    RDT_CO_TRY(auto text, co_await find_initdata(options.patience));
    RDT_CO_TRY(auto device, open_device(options.processor, executor));
    ConfidentialGuest guest;
    guest.attester = std::make_unique<attester::Attester>(std::move(device), executor);
    RDT_CO_TRY(const auto evidence, co_await fresh_evidence(*guest.attester));
    RDT_CO_TRY(auto initdata, initdata::Initdata::parse(text));
    RDT_CO_CHECK(check_launch(initdata, evidence));
    RDT_CO_TRY(guest.gate, load_gate(initdata));
    RDT_CO_TRY(guest.images, load_image_authority(initdata));
    guest.tee = evidence.tee;
    RDT_CO_CHECK(add_resources(guest, initdata, std::move(text), executor));
    guest.confirmed = std::move(initdata);
    co_return guest;
}

} // namespace redoubt::guest::confidential
