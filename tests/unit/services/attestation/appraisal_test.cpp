// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/attestation/appraisal.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "services/attestation/default_policy.hpp"

namespace redoubt::services::attestation {
namespace {

const Time k_now = tee::parse_time("2026-06-01T00:00:00Z").value();

ReferenceValues values_of(std::string_view text) {
    ReferenceValues values;
    const auto object = boost::json::parse(text).as_object();
    for (const auto& member : object)
        values.add({std::string(member.key()), member.value(), k_now + std::chrono::hours(1), "test"});
    return values;
}

Appraisal appraise(std::string_view input, const ReferenceValues& values) {
    const auto appraiser = Appraiser::compile(default_cpu_policy());
    EXPECT_TRUE(appraiser) << appraiser.error().message;
    return appraiser->appraise(boost::json::parse(input).as_object(), values, k_now).value();
}

constexpr std::string_view k_snp =
    R"({"init_data":"dd","snp":{"measurement":"aa","reported_tcb_bootloader":4,"reported_tcb_microcode":219,"reported_tcb_snp":24,)"
    R"("reported_tcb_tee":0,"policy_debug_allowed":false,"policy_migrate_ma":false,"vmpl":0}})";
constexpr std::string_view k_all =
    R"({"snp_launch_measurement":["aa"],"init_data":["dd"],"snp_bootloader":[4],"snp_microcode":[219],"snp_snp_svn":[24],"snp_tee_svn":[0]})";

TEST(Appraisal, AffirmsOnlyWhatReferenceValuesCover) {
    const auto all = appraise(k_snp, values_of(k_all));
    EXPECT_EQ(all.status, "affirming");
    EXPECT_EQ(all.vector,
              (std::map<std::string, int>{{"configuration", 2}, {"executables", 3}, {"hardware", 2}}));
    const auto none = appraise(k_snp, values_of("{}"));
    EXPECT_EQ(none.status, "contraindicated");
    EXPECT_EQ(none.vector,
              (std::map<std::string, int>{{"configuration", 36}, {"executables", 33}, {"hardware", 97}}));
    const auto some = appraise(k_snp, values_of(R"({"snp_launch_measurement":["aa"]})"));
    EXPECT_EQ(some.vector.at("executables"), 3);
    EXPECT_EQ(some.status, "contraindicated");
    EXPECT_EQ(appraise("{}", values_of(k_all)).status, "contraindicated");
}

TEST(Appraisal, JudgesTdxByFirmwareKernelAndTcb) {
    const auto* input =
        R"({"init_data":"dd","tdx":{"quote":{"body":{"mr_td":"a","rtmr_1":"b","rtmr_2":"c","xfam":"e7"}},"tcb_status":"UpToDate","td_attributes":{"debug":false}}})";
    EXPECT_EQ(
        appraise(
            input,
            values_of(R"({"mr_td":["a"],"rtmr_1":["b"],"rtmr_2":["c"],"xfam":["e7"],"init_data":["dd"]})"))
            .status,
        "affirming");
    EXPECT_EQ(
        appraise(
            input,
            values_of(R"({"mr_td":["a"],"rtmr_1":["x"],"rtmr_2":["c"],"xfam":["e7"],"init_data":["dd"]})"))
            .status,
        "warning");
}

TEST(Appraisal, NeedsClaimsThatAreClaims) {
    for (const auto* policy :
         {"package policy", "package policy\ntrust_claims := 1", "package policy\ntrust_claims := {}",
          "package policy\ntrust_claims := {\"x\": 1}", "package policy\ntrust_claims := {\"hardware\": 200}",
          "package policy\ntrust_claims := {\"hardware\": \"2\"}",
          "package policy\ntrust_claims := {\"hardware\": 1.5}",
          "package other\ntrust_claims := {\"hardware\": 2}"}) {
        const auto appraiser = Appraiser::compile(policy);
        ASSERT_TRUE(appraiser) << policy;
        EXPECT_EQ(appraiser->appraise({}, {}, k_now).error().code, Code::failed_precondition) << policy;
    }
    EXPECT_EQ(Appraiser::compile("package").error().code, Code::invalid_argument);
}

TEST(Appraisal, TakesExtensionsButNotItsOwnClaims) {
    const auto appraiser =
        Appraiser::compile("package policy\ntrust_claims := {\"hardware\": 2}\nextensions := [{\"name\": "
                           "\"ear.x\", \"key\": 1, \"value\": {\"a\": 1}}, {\"name\": \"ear.status\", "
                           "\"value\": \"none\"}, {\"name\": \"redoubt.release\", \"value\": {}}, 5]");
    const auto appraisal = appraiser->appraise({}, {}, k_now).value();
    EXPECT_EQ(appraisal.extensions.size(), 1U);
    EXPECT_EQ(appraisal.extensions.at("ear.x").at("a"), 1);
}

TEST(Appraisal, NamesTiersAsTheStandardDoes) {
    for (const auto& [claim, status] :
         std::initializer_list<std::pair<int, const char*>>{{-1, "none"},
                                                            {0, "none"},
                                                            {1, "none"},
                                                            {2, "affirming"},
                                                            {31, "affirming"},
                                                            {32, "warning"},
                                                            {95, "warning"},
                                                            {96, "contraindicated"},
                                                            {127, "contraindicated"},
                                                            {-2, "affirming"},
                                                            {-33, "warning"},
                                                            {-128, "contraindicated"}})
        EXPECT_EQ(status_of(claim), status) << claim;
}

} // namespace
} // namespace redoubt::services::attestation
