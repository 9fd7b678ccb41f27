// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/attestation/host_rule.hpp"

#include <gtest/gtest.h>

#include "common/tee/host/enrolled_node.hpp"

namespace redoubt::services::attestation {
namespace {

namespace bj = boost::json;

const Time k_now = tee::parse_time("2026-06-01T00:00:00Z").value();
const std::string k_seven(64, '7');
const std::string k_eleven(64, 'b');

void add(ReferenceValues& values, const std::string& name, bj::value value) {
    values.add({name, std::move(value), k_now + std::chrono::hours(1), "test"});
}

ReferenceValues values() {
    ReferenceValues made;
    add(made, "tpm_pcr7", bj::array{k_seven});
    add(made, "tpm_pcr11", bj::array{k_eleven});
    add(made, std::string(tee::host::k_enrolled_nodes),
        bj::array{tee::host::render_enrolled_node({"QUtJ", std::string(64, 'e'), ""})});
    return made;
}

ReleaseFacts facts() {
    ReleaseFacts made;
    made.tee = k_host_tee;
    made.anchor_class = "operator";
    made.is_debug = false;
    made.launch = {{"attestation_key", "QUtJ"}};
    made.registers = {{"tpm_pcr7", k_seven}, {"tpm_pcr11", k_eleven}};
    return made;
}

TEST(HostRule, AnEnrolledBoxThatBootedWhatIsListedHasNoFault) {
    EXPECT_TRUE(host_faults(facts(), values(), k_now).empty());
    EXPECT_TRUE(release_faults(facts(), values(), {}, k_now).empty());
}

TEST(HostRule, WhatEndsOrIsNotListedIsAFault) {
    EXPECT_FALSE(host_faults(facts(), values(), k_now + std::chrono::hours(2)).empty());
    EXPECT_FALSE(host_faults(facts(), {}, k_now).empty());
    for (const auto* name : {"tpm_pcr7", "tpm_pcr11"}) {
        auto changed = facts();
        changed.registers[name] = std::string(64, '0');
        EXPECT_EQ(host_faults(changed, values(), k_now).size(), 1U) << name;
        changed.registers.erase(name);
        EXPECT_EQ(host_faults(changed, values(), k_now).size(), 1U) << name;
    }
    auto stranger = facts();
    stranger.launch["attestation_key"] = "QUtL";
    EXPECT_EQ(host_faults(stranger, values(), k_now).size(), 1U);
    stranger.launch.clear();
    EXPECT_EQ(host_faults(stranger, values(), k_now).size(), 1U);
    auto simulated = facts();
    simulated.anchor_class = "simulation";
    EXPECT_EQ(host_faults(simulated, values(), k_now).size(), 1U);
}

TEST(HostRule, Pcr11AloneIsNoFoundation) {
    ReferenceValues weak;
    add(weak, "tpm_pcr11", bj::array{k_eleven});
    add(weak, std::string(tee::host::k_enrolled_nodes),
        bj::array{tee::host::render_enrolled_node({"QUtJ", std::string(64, 'e'), ""})});
    const auto faults = host_faults(facts(), weak, k_now);
    ASSERT_EQ(faults.size(), 1U);
    EXPECT_TRUE(faults[0].contains("anything could have been booted"));
}

TEST(HostRule, HostsAndGuestsShareNoRepository) {
    auto guest = facts();
    guest.tee = "snp";
    EXPECT_EQ(repository_fault(facts(), "resource", {"redoubt-host", "registry", "logins"}), "");
    EXPECT_EQ(repository_fault(guest, "resource", {"repo", "registry", "logins"}), "");
    EXPECT_NE(repository_fault(facts(), "resource", {"repo", "registry", "logins"}), "");
    EXPECT_NE(repository_fault(facts(), "resource", {}), "");
    EXPECT_NE(repository_fault(facts(), "pkcs11", {"redoubt-host", "registry", "logins"}), "");
    EXPECT_NE(repository_fault(guest, "resource", {"redoubt-host", "registry", "logins"}), "");
}

} // namespace
} // namespace redoubt::services::attestation
