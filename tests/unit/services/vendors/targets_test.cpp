// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/vendors/targets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace redoubt::services::vendors {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> urls_of(const FetchSettings& settings) {
    std::vector<std::string> urls;
    for (const auto& target : targets_of(settings)) urls.push_back(target.url);
    return urls;
}

TEST(Targets, AreNoneUnlessSomebodyNamesAHost) {
    FetchSettings settings;
    settings.amd_products = {tee::sev_snp::Product::milan};
    settings.intel_platforms = {"00806f050000"};
    EXPECT_FALSE(settings.fetches_something());
    EXPECT_THAT(targets_of(settings), IsEmpty());
}

TEST(Targets, AreChainsAndListsOfEachAmdProduct) {
    FetchSettings settings;
    settings.amd_url = "https://kds.test";
    settings.amd_products = {tee::sev_snp::Product::genoa};
    EXPECT_THAT(urls_of(settings),
                ElementsAre("https://kds.test/vcek/v1/Genoa/cert_chain", "https://kds.test/vcek/v1/Genoa/crl",
                            "https://kds.test/vlek/v1/Genoa/cert_chain",
                            "https://kds.test/vlek/v1/Genoa/crl"));
}

TEST(Targets, AreIntelsListsAndDocumentsForEveryPlatform) {
    FetchSettings settings;
    settings.intel_url = "https://pcs.test";
    settings.intel_platforms = {"00806f050000", "50806f000000"};
    EXPECT_THAT(urls_of(settings),
                ElementsAre("https://pcs.test/sgx/certification/v4/rootcacrl",
                            "https://pcs.test/sgx/certification/v4/pckcrl?ca=processor&encoding=der",
                            "https://pcs.test/sgx/certification/v4/pckcrl?ca=platform&encoding=der",
                            "https://pcs.test/tdx/certification/v4/qe/identity",
                            "https://pcs.test/tdx/certification/v4/tcb?fmspc=00806f050000",
                            "https://pcs.test/tdx/certification/v4/tcb?fmspc=50806f000000"));
    const auto targets = targets_of(settings);
    EXPECT_THAT(targets[3].places, ElementsAre("tdx/00806f050000", "tdx/50806f000000"));
    EXPECT_THAT(targets[5].places, ElementsAre("tdx/50806f000000"));
    settings.intel_root_list = "https://certificates.test/root.der";
    EXPECT_EQ(urls_of(settings).front(), "https://certificates.test/root.der");
}

TEST(Targets, NameAChipWithItsFirmware) {
    attestation::Chip milan{tee::sev_snp::Product::milan, std::string(64, '\x1f'), {}};
    milan.tcb.bootloader = 3;
    milan.tcb.snp = 8;
    milan.tcb.microcode = 115;
    std::string hwid;
    for (int i = 0; i < 64; ++i) hwid += "1f";
    EXPECT_EQ(vcek_url("https://kds.test", milan),
              "https://kds.test/vcek/v1/Milan/" + hwid + "?blSPL=03&teeSPL=00&snpSPL=08&ucodeSPL=115");
    attestation::Chip turin{tee::sev_snp::Product::turin, std::string(8, '\x1f'), {}};
    turin.tcb.fmc = 1;
    EXPECT_EQ(
        vcek_url("https://kds.test", turin),
        "https://kds.test/vcek/v1/Turin/1f1f1f1f1f1f1f1f?fmcSPL=01&blSPL=00&teeSPL=00&snpSPL=00&ucodeSPL=00");
}

TEST(Targets, AreOnHttpsAlone) {
    EXPECT_EQ(parse_base_url("https://KDS.test:8443/mirror/").value(), "https://kds.test:8443/mirror");
    for (const auto* wrong : {"", "kds.test", "http://kds.test", "https://user@kds.test",
                              "https://kds.test/?x=1", "https://kds test/"})
        EXPECT_FALSE(parse_base_url(wrong)) << wrong;
}

TEST(Targets, TakeAnFmspcOfSixBytes) {
    EXPECT_EQ(parse_platform("00806F050000").value(), "00806f050000");
    for (const auto* wrong : {"", "00806f0500", "00806f05000g", "../../etc/pw"})
        EXPECT_FALSE(parse_platform(wrong)) << wrong;
}

} // namespace
} // namespace redoubt::services::vendors
