// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/slot_commands.hpp"

#include <boost/json/serialize.hpp>

#include <charconv>
#include <functional>
#include <iostream>
#include <optional>

#include "common/base/file.hpp"
#include "common/encoding/json.hpp"
#include "services/commands.hpp"
#include "services/kms/firmware.hpp"
#include "services/kms/tpm_slot.hpp"

namespace redoubt::services {
namespace {

namespace bj = boost::json;

// Where systemd-stub's files end up: tmpfiles.d/20-systemd-stub.conf.
constexpr const char* k_public_key = "/run/systemd/tpm2-pcr-public-key.pem";

/// Opens a slot by what it was closed with.
using Open = std::function<Result<kms::RootKey>(const json::Node& slot)>;

/// Adds a slot in the form it will be read in. What was closed has to open before anybody relies on it.
Status add_checked(store::TrustStore& store, const bj::object& slot, const Open& open,
                   const store::AuditEntry& entry) {
    const auto text = bj::serialize(slot);
    RDT_TRY(const auto document, json::parse("slot", text));
    RDT_TRY(const auto again, open(document.root()));
    if (!crypto::equal_in_constant_time(again.bytes().view(), store.root_key().bytes().view()))
        return fail(Code::internal, "the TPM gave another key back than it was given");
    return store.add_slot(text, entry);
}

Status add_pin_slot(const Config& config, store::TrustStore& store) {
    const kms::TpmAddress tpm{config.unseal.tpm};
    RDT_TRY(const auto pin, read_tpm_pin(config));
    RDT_TRY(const auto slot, kms::close_by_tpm(store.root_key(), store.id(), pin, tpm));
    const auto open = [&](const json::Node& node) { return kms::open_by_tpm(node, store.id(), pin, tpm); };
    return add_checked(store, slot, open, store::system_entry("slot.add", "slot/tpm"));
}

Status add_boot_slot(const Config& config, store::TrustStore& store, const Options::TpmSlot& wanted) {
    const kms::TpmAddress tpm{config.unseal.tpm};
    std::optional<crypto::Secret> pin;
    if (wanted.has_pin) {
        RDT_TRY(auto read, read_tpm_pin(config));
        pin.emplace(std::move(read));
    } else {
        // The TPM cannot tell who measured; what it is sealed for has to mean something.
        RDT_CHECK(kms::check_measured_boot(kms::k_firmware_variables)
                      .transform_error(context("a TPM slot without a PIN")));
    }
    const auto* pin_given = pin ? &*pin : nullptr;
    const std::filesystem::path file = wanted.public_key.empty() ? k_public_key : wanted.public_key;
    RDT_TRY(const auto key, read_file(file).transform_error(context("public key")));
    RDT_TRY(const auto signer, kms::PolicySigner::parse(key).transform_error(context("{}", file.native())));
    RDT_TRY(const auto signatures,
            read_file(config.unseal.tpm_pcr_signature).transform_error(context("unseal.tpm_pcr_signature")));
    RDT_TRY(const auto slot, kms::close_by_boot(store.root_key(), store.id(), signer, pin_given, tpm));
    const auto open = [&](const json::Node& node) {
        return kms::open_by_boot(node, store.id(), signatures, pin_given, tpm);
    };
    return add_checked(store, slot, open,
                       store::system_entry("slot.add", "slot/tpm-boot",
                                           {{"signer", signer.fingerprint()}, {"pin", wanted.has_pin}}));
}

} // namespace

Status list_slots(const Config& config) {
    RDT_TRY(const auto lock, InstanceLock::take(config.state_dir));
    RDT_TRY(const auto store, open_store(config));
    RDT_TRY(const auto slots, store->slots());
    for (const auto& slot : slots) std::cout << std::format("{} {}\n", slot.id, slot.kind);
    return {};
}

Status add_tpm_slot(const Config& config, const Options::TpmSlot& wanted) {
    if (config.unseal.tpm.empty()) return fail(Code::failed_precondition, "which TPM: set unseal.tpm");
    RDT_TRY(const auto lock, InstanceLock::take(config.state_dir));
    RDT_TRY(const auto store, open_store(config));
    RDT_CHECK(wanted.is_for_boot ? add_boot_slot(config, *store, wanted) : add_pin_slot(config, *store));
    return store->settle();
}

Status remove_slot(const Config& config, const std::string& number) {
    std::int64_t id = 0;
    const auto* last = number.data() + number.size();
    if (number.empty() || std::from_chars(number.data(), last, id).ptr != last)
        return fail(Code::invalid_argument, "'{}' is no slot's number; redoubt-kbs slot list shows them",
                    number);
    RDT_TRY(const auto lock, InstanceLock::take(config.state_dir));
    RDT_TRY(const auto store, open_store(config));
    RDT_CHECK(store->remove_slot(id, store::system_entry("slot.remove", "slot/" + number)));
    return store->settle();
}

} // namespace redoubt::services
