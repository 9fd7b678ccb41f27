// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/attestation/release_rule.hpp"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "common/tee/host/enrolled_node.hpp"

namespace redoubt::services::attestation {
namespace {

const Time k_now = tee::parse_time("2026-06-01T00:00:00Z").value();
const std::string k_measurement(96, 'a');
const std::string k_init_data = std::string(64, 'b');

ReferenceValues values() {
    ReferenceValues made;
    const auto end = k_now + std::chrono::hours(1);
    made.add({"snp_launch_measurement", boost::json::array{k_measurement}, end, "test"});
    made.add({"init_data", boost::json::array{k_init_data + std::string(32, 'b')}, end,
              "test"}); // SHA-384, cut to HOST_DATA
    return made;
}

ReleaseFacts facts() {
    return {"snp", "production", false,      0, {{"snp_launch_measurement", k_measurement}},
            {},    k_init_data,  "sha256:00"};
}

/// Whether exactly one thing is wrong, and is said.
void expect_fault(const ReleaseFacts& changed, std::string_view word, AnchorRule rule = {}) {
    const auto faults = release_faults(changed, values(), rule, k_now);
    ASSERT_EQ(faults.size(), 1U);
    EXPECT_TRUE(faults[0].contains(word)) << faults[0];
}

TEST(ReleaseRule, LetsPassWhatTheOwnerExpects) {
    EXPECT_TRUE(release_faults(facts(), values(), {}, k_now).empty());
    EXPECT_EQ(release_faults(facts(), values(), {}, k_now + std::chrono::hours(2)).size(), 2U);
    EXPECT_EQ(release_faults(facts(), {}, {}, k_now).size(), 2U);
}

TEST(ReleaseRule, RefusesEachThingThatIsWrong) {
    auto changed = facts();
    changed.is_debug = true;
    expect_fault(changed, "debug");
    changed = facts();
    changed.vmpl = 1;
    expect_fault(changed, "VMPL");
    changed = facts();
    changed.launch["snp_launch_measurement"][0] = 'b';
    expect_fault(changed, "snp_launch_measurement");
    changed = facts();
    changed.launch.clear();
    expect_fault(changed, "measured");
    changed = facts();
    changed.launch["rtmr_1"] = "";
    expect_fault(changed, "not proved");
    changed = facts();
    changed.init_data[0] = 'c';
    expect_fault(changed, "init data");
    changed = facts();
    changed.init_data.clear();
    expect_fault(changed, "no init data");
    changed = facts();
    changed.anchor_class = "";
    expect_fault(changed, "anchor class");
    changed.anchor_class = "anything";
    expect_fault(changed, "anchor class", {.allows_simulation = true});
}

TEST(ReleaseRule, BelievesASimulatorOnlyWhereTheTenantDoes) {
    auto simulated = facts();
    simulated.anchor_class = tee::name_of(tee::AnchorClass::simulation);
    expect_fault(simulated, "not enabled");
    EXPECT_TRUE(release_faults(simulated, values(), {.allows_simulation = true}, k_now).empty());
}

boost::json::object node_with(const std::string& chip) {
    return tee::host::render_enrolled_node({"key", "ek", chip});
}

std::vector<std::string> faults_on(const std::string& chip, boost::json::array nodes,
                                   Time end = k_now + std::chrono::hours(1)) {
    auto listed = values();
    listed.add({std::string(tee::host::k_enrolled_nodes), std::move(nodes), end, "test"});
    auto changed = facts();
    changed.chip_id = chip;
    return release_faults(changed, listed, {}, k_now);
}

TEST(ReleaseRule, AsksForTheChipOfAnEnrolledNodeWhereThereIsOne) {
    const std::string ours(128, '1');
    const std::string another(128, '2');
    EXPECT_TRUE(faults_on(ours, {node_with(ours)}).empty());
    EXPECT_TRUE(faults_on(another, {node_with(ours), node_with(another)}).empty());
    EXPECT_TRUE(faults_on(another, {node_with("")}).empty()) << "a TPM alone says nothing of chips";
    auto faults = faults_on(another, {node_with(ours), node_with("")});
    ASSERT_EQ(faults.size(), 1U);
    EXPECT_EQ(faults[0], "chip " + another + " is not of an enrolled node");
    faults = faults_on("", {node_with(ours)});
    ASSERT_EQ(faults.size(), 1U);
    EXPECT_TRUE(faults[0].contains("names no chip"));
}

TEST(ReleaseRule, AnEnrolmentThatEndedOrCannotBeReadOpensNothing) {
    const std::string ours(128, '1');
    auto faults = faults_on(ours, {node_with(ours)}, k_now);
    ASSERT_EQ(faults.size(), 1U);
    EXPECT_TRUE(faults[0].contains("has ended"));
    EXPECT_EQ(faults_on(ours, {"not a node"}).size(), 1U);
    EXPECT_EQ(faults_on(ours, {node_with("12")}).size(), 1U);
}

TEST(ReleaseRule, ReadsItsFactsBackFromAToken) {
    auto written = facts();
    written.registers["tpm_pcr4"] = "00";
    written.chip_id = "ab";
    const auto document = json::parse("facts", boost::json::serialize(render_facts(written))).value();
    const auto read = parse_facts(document.root());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->launch, written.launch);
    EXPECT_EQ(read->registers, written.registers);
    EXPECT_EQ(read->init_data, written.init_data);
    EXPECT_EQ(read->chip_id, written.chip_id);
    EXPECT_FALSE(parse_facts(document.root()["launch"]));
}

} // namespace
} // namespace redoubt::services::attestation
