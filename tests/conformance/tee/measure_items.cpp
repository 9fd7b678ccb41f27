// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <boost/json/parse.hpp>

#include "common/encoding/hex.hpp"
#include "common/tee/evidence/hash.hpp"
#include "common/tee/measure_cli/measure.hpp"
#include "tests/conformance/tee/suite.hpp"

namespace redoubt::tests {
namespace {

namespace bj = boost::json;
using tee::measure::Options;

std::string mode_of(const std::string& name) {
    if (name == "SEV_SNP") return "snp";
    return name == "SEV_ES" ? "sev-es" : "sev";
}

std::string judge_digest(Suite& suite, const bj::object& launch) {
    Options options{.tee = "snp",
                    .mode = mode_of(text_of(launch, "mode")),
                    .vmm = text_of(launch, "vmm"),
                    .firmware = suite.path(text_of(launch, "firmware"))};
    options.firmware_seed = text_of(launch, "ovmf_hash_seed");
    if (text_of(launch, "kernel") == "EMPTY") options.kernel = suite.scratch("empty", "");
    if (text_of(launch, "initrd") == "EMPTY") options.initrd = suite.scratch("empty", "");
    options.append = text_of(launch, "append");
    options.vcpus = static_cast<std::uint32_t>(launch.at("vcpus").to_number<int>());
    options.vcpu_type = text_of(launch, "vcpu_type");
    if (options.vcpu_type.empty()) options.vcpu_signature = "0";
    options.guest_features = text_of(launch, "guest_features");
    const auto document = tee::measure::measure(options);
    const auto expected = text_of(launch, "expected_launch_digest");
    if (expected == "REFUSE") {
        const bool is_refused = !document && document.error().code == Code::failed_precondition;
        return is_refused ? "" : "a kernel that the firmware does not check is not refused";
    }
    if (!document) return document.error().message;
    return text_of(*document, "measurement") == expected
               ? ""
               : "expected " + expected + ", got " + text_of(*document, "measurement");
}

std::string judge_hardware(const bj::object& vector) {
    const auto& inputs = vector.at("inputs").as_object();
    Options options{.tee = "snp",
                    .firmware_seed = text_of(inputs, "ovmf_hash"),
                    .append = text_of(inputs, "base_cmdline")};
    for (const auto& entry : inputs.at("ovmf_sections").as_array()) {
        const auto& section = entry.as_object();
        const auto number = [&](const char* member) { return section.at(member).to_number<std::uint64_t>(); };
        options.sections.push_back(
            std::format("{},{},{}", number("gpa"), number("size"), number("section_type")));
    }
    options.kernel_hash = text_of(inputs, "kernel_hash");
    options.initrd_hash = text_of(inputs, "initrd_hash");
    options.hash_table = std::to_string(inputs.at("sev_hashes_table_gpa").to_number<std::uint64_t>());
    options.reset_eip = std::to_string(inputs.at("sev_es_reset_eip").to_number<std::uint64_t>());
    options.vcpus = inputs.at("vcpus").to_number<std::uint32_t>();
    options.vcpu_type = text_of(inputs, "vcpu_type");
    options.guest_features = std::to_string(inputs.at("guest_features").to_number<std::uint64_t>());
    const auto document = tee::measure::measure(options);
    if (!document) return document.error().message;
    if (text_of(*document, "measurement") != text_of(vector, "expected_measurement"))
        return "got " + text_of(*document, "measurement");
    const auto host_data = tee::hash_of(tee::Hash::sha256, {"dstack-mr-config-v3:", std::string_view("\0", 1),
                                                            text_of(vector, "mr_config_document")});
    return host_data && encoding::to_hex(*host_data) == text_of(vector, "expected_host_data")
               ? ""
               : "another HOST_DATA";
}

std::string judge_id_block(Suite& suite, const bj::object& item) {
    tee::cli::EvidenceOptions options{
        .tee = "snp", .kind = "id-block", .evidence = suite.path("idblock/id_block.bin"), .at = "2026-07-01"};
    options.id_auth = suite.path("idblock/id_auth.bin");
    auto wrong = judge_verdicts(verify(options), "ACCEPT", "ACCEPT");
    if (wrong.empty()) wrong = difference(item.at("expected"), verify(options), "id block");
    auto block = suite.bytes("idblock/id_block.bin");
    block[0] = static_cast<char>(block[0] ^ 1);
    options.evidence = suite.scratch("id_block.bin", block);
    return wrong.empty() ? judge_refusal(verify(options), "id_block.signature") : wrong;
}

} // namespace

void run_measure(Suite& suite) {
    const auto launches = bj::parse(suite.bytes("snp_launch_digest_cases.json"));
    for (const auto& entry : launches.at("cases").as_array()) {
        const auto& launch = entry.as_object();
        suite.run("digest/" + text_of(launch, "name"), [&] { return judge_digest(suite, launch); });
    }
    const auto hardware = bj::parse(suite.bytes("snp_real_hw_milan_kernelhashes.json"));
    suite.run("snp-real-hw-milan-kernelhashes", [&] { return judge_hardware(hardware.as_object()); });
    suite.run("id-block", [&] { return judge_id_block(suite, suite.item("id-block")); });
}

} // namespace redoubt::tests
