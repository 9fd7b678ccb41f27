// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/image/pull_request.hpp"

#include <gtest/gtest.h>

#include <format>

namespace redoubt::guest::image {
namespace {

const std::string k_reference = "registry.example:5000/team/app:1@sha256:" + std::string(64, 'a');

std::string option(std::string_view disks) {
    return std::format(
        R"(image_guest_pull={{"metadata":{{"io.kubernetes.cri.container-type":"container"}},"disks":{}}})",
        disks);
}
const std::string k_option =
    option(R"({"manifest":"0:2","manifest_size":700,"config":"0:3","layers":["0:0","0:1"],"scratch":"0:4"})");

void expect_refused(const std::string& source, const std::vector<std::string>& options, Code code,
                    const std::string& message) {
    const auto request = parse_pull_request(source, options);
    ASSERT_FALSE(request);
    EXPECT_EQ(request.error(), (Error{code, message}));
}

TEST(PullRequest, SaysWhichImageAndWhereItsBytesAre) {
    const auto request = parse_pull_request(k_reference, {k_option});
    ASSERT_TRUE(request) << request.error().message;
    EXPECT_EQ(request->reference, k_reference);
    EXPECT_EQ(request->manifest_digest.value().hex(), std::string(64, 'a'));
    EXPECT_EQ(request->manifest_disk, "0:2");
    EXPECT_EQ(request->manifest_size, 700U);
    EXPECT_EQ(request->config_disk, "0:3");
    EXPECT_EQ(request->layer_disks, (std::vector<std::string>{"0:0", "0:1"}));
    EXPECT_EQ(request->scratch_disk, "0:4");
}

TEST(PullRequest, NeedsNoDigestAsASignatureMayDecide) {
    const auto request = parse_pull_request("registry.example/app:1", {k_option});
    ASSERT_TRUE(request) << request.error().message;
    EXPECT_FALSE(request->manifest_digest);
}

TEST(PullRequest, SaysWhereSignaturesAreAndHowLargeTheyAre) {
    const auto with = [](std::string_view more) {
        return option(
            R"({"manifest":"0:2","manifest_size":700,"config":"0:3","layers":["0:0"],"scratch":"0:4","signatures":"0:5")" +
            std::string(more) + "}");
    };
    const auto request = parse_pull_request(k_reference, {with(R"(,"signatures_size":260)")});
    ASSERT_TRUE(request) << request.error().message;
    EXPECT_EQ(request->signatures_disk, "0:5");
    EXPECT_EQ(request->signatures_size, 260U);
    expect_refused(k_reference, {with("")}, Code::invalid_argument,
                   "image_guest_pull.disks.signatures_size: missing");
    for (const auto* size : {"0", "1048577"})
        expect_refused(k_reference, {with(std::format(R"(,"signatures_size":{})", size))},
                       Code::invalid_argument,
                       "image_guest_pull.disks.signatures_size: not the size of an image's signatures");
}

TEST(PullRequest, IsRefusedWithoutDisksAsNobodyAsksARegistryHere) {
    const std::string words =
        "the request names no disks with the image's bytes, and this guest asks no registry itself";
    expect_refused(k_reference, {}, Code::unimplemented, words);
    expect_refused(k_reference, {R"(image_guest_pull={"metadata":{}})"}, Code::unimplemented, words);
}

TEST(PullRequest, IsRefusedWithOptionsThatNobodyKnows) {
    expect_refused(k_reference, {"verity_salt=00"}, Code::unimplemented,
                   "driver option 'verity_salt=00' is not implemented by this agent");
    expect_refused(k_reference, {k_option, k_option}, Code::invalid_argument,
                   "2 driver options: one is meant");
}

TEST(PullRequest, IsRefusedWhenADiskIsMissing) {
    expect_refused(k_reference,
                   {option(R"({"manifest":"0:2","manifest_size":700,"layers":[],"scratch":"0:4"})")},
                   Code::invalid_argument, "image_guest_pull.disks.config: missing");
}

TEST(PullRequest, IsRefusedBeyondItsLimits) {
    expect_refused(k_reference, {option(R"({"manifest":"0:2","manifest_size":99999999})")},
                   Code::invalid_argument,
                   "image_guest_pull.disks.manifest_size: not the size of a manifest");
    std::string many = R"("0:0")";
    for (int i = 0; i < 120; ++i) many += R"(,"0:0")";
    expect_refused(
        k_reference,
        {option(std::format(
            R"({{"manifest":"0:2","manifest_size":7,"config":"0:3","scratch":"0:4","layers":[{}]}})", many))},
        Code::resource_exhausted, "image_guest_pull.disks.layers: 121 layers, at most 120 are allowed");
}

} // namespace
} // namespace redoubt::guest::image
