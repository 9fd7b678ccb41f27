// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/kms/boot_policy.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "common/base/file.hpp"
#include "common/encoding/hex.hpp"

namespace redoubt::services::kms {
namespace {

// PCR 11 of a kernel "a kernel" in the phase enter-initrd; PCR 7 with SHA-256 of "keys of Secure Boot" in it.
constexpr std::string_view k_pcr_11 = "188305d28fa135b7e0dafae592df77aa1480a453dcc42e6a3a245072b1c6a0b0";
constexpr std::string_view k_pcr_7 = "39e448aaec021c3b9484435ffc14bec4cfe70f3a737bef5e2f20c977043e543e";

std::string raw(std::string_view hex) {
    return encoding::from_hex(hex).value();
}

/// What systemd-measure made of two phases of that kernel, and its key.
std::string golden(const std::string& name) {
    const char* source = std::getenv("REDOUBT_SOURCE");
    return read_file(std::string(source == nullptr ? "." : source) + "/tests/golden/services/kms/" + name)
        .value();
}

PolicySigner signer() {
    return PolicySigner::parse(golden("tpm2-pcr-public-key.pem")).value();
}

TEST(BootPolicy, IsWhatSystemdMeasureSigns) {
    const auto policy = kernel_policy(raw(k_pcr_11)).value();
    EXPECT_EQ(encoding::to_hex(policy), "ce5e396de77007a6ff7b4f80c3c3508e490b55a0ca17c0d6d000ed899da31a3c");
    const auto found = find_signature(golden("tpm2-pcr-signature.json"), signer(), policy);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->digest, policy);
    EXPECT_EQ(found->signature.size(), 256U);
    EXPECT_EQ(find_signature(golden("tpm2-pcr-signature.json"), signer(), raw(k_pcr_7)).error().code,
              Code::permission_denied);
}

// A slot holds these: another digest would not open what is sealed already. Made from the specification by a
// program of its own.
TEST(BootPolicy, StaysAsSlotsAreSealed) {
    EXPECT_EQ(encoding::to_hex(signer().name()),
              "000b09241bb456ed3da77372a6e7f1c795674a1dd1964202dd48af2214df76e9cb63");
    EXPECT_EQ(encoding::to_hex(slot_policy(signer(), raw(k_pcr_7), false).value()),
              "5aab3029a8c913821816c543b60eaeb10c14c673e8faddbe0e3e3fffd07ce4f6");
    EXPECT_EQ(encoding::to_hex(slot_policy(signer(), raw(k_pcr_7), true).value()),
              "1be598b61e22b51f308d904cc516cab7ef420f44d67494af96d60cd3eba0e8e8");
}

TEST(BootPolicy, TakesASignatureOfItsKeyItsBankAndItsPcrOnly) {
    const auto policy = kernel_policy(raw(k_pcr_11)).value();
    const auto entry = [&](std::string_view pcrs, const std::string& key, const std::string& of) {
        return R"({"pcrs":)" + std::string(pcrs) + R"(,"pkfp":")" + key + R"(","pol":")" + of +
               R"(","sig":"AAAA"})";
    };
    const auto code_of = [&](const std::string& bank, const std::string& text) {
        const auto found = find_signature(R"({")" + bank + R"(":[)" + text + "]}", signer(), policy);
        return found ? Code{} : found.error().code;
    };
    const auto key = signer().fingerprint();
    const auto of = encoding::to_hex(policy);
    EXPECT_EQ(code_of("sha256", entry("[11]", key, of)), Code{});
    EXPECT_EQ(code_of("sha384", entry("[11]", key, of)), Code::permission_denied);
    EXPECT_EQ(code_of("sha256", entry("[11,7]", key, of)), Code::permission_denied);
    EXPECT_EQ(code_of("sha256", entry("[12]", key, of)), Code::permission_denied);
    EXPECT_EQ(code_of("sha256", entry("[]", key, of)), Code::permission_denied);
    EXPECT_EQ(code_of("sha256", entry("[11]", std::string(64, '0'), of)), Code::permission_denied);
    EXPECT_EQ(code_of("sha256", entry("[11]", key, std::string(64, '0'))), Code::permission_denied);
    EXPECT_EQ(code_of("sha256", entry("[-1]", key, of)), Code::invalid_argument);
    EXPECT_EQ(code_of("sha256", entry("11", key, of)), Code::invalid_argument);
    EXPECT_EQ(code_of("sha256", "{}"), Code::invalid_argument);
    std::string many = entry("[12]", key, of);
    for (int i = 0; i < 1024; ++i) many += ',' + entry("[12]", key, of);
    EXPECT_EQ(code_of("sha256", many), Code::invalid_argument);
}

TEST(BootPolicy, IsSignedByRsaOnly) {
    for (const auto curve : {crypto::Curve::p256, crypto::Curve::p384})
        EXPECT_FALSE(
            PolicySigner::parse(crypto::PrivateKey::generate(curve).value().public_key().value().spki()));
    EXPECT_FALSE(PolicySigner::parse(""));
    EXPECT_FALSE(PolicySigner::parse("-----BEGIN PUBLIC KEY-----"));
    EXPECT_EQ(PolicySigner::parse(signer().spki())->name(), signer().name());
}

} // namespace
} // namespace redoubt::services::kms
