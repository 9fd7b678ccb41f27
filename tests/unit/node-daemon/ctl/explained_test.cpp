// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/encoding/base64.hpp"
#include "node-daemon/ctl/explained_calls.hpp"
#include "node-daemon/ctl/explained_images.hpp"
#include "node-daemon/ctl/explained_release.hpp"

namespace redoubt::ctl {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto k_policy = R"(package agent_policy
import rego.v1
default ExecProcessRequest := false
default ReadStreamRequest := false
default WriteStreamRequest := false
default CreateContainerRequest := false
StartContainerRequest := true
CreateContainerRequest if input.container_id == "c1"
ReadStreamRequest if "ReadStreamRequest" in policy_data.allow
WriteStreamRequest if "WriteStreamRequest" in policy_data.allow
SetPolicyRequest := true
policy_data := {"allow": ["ReadStreamRequest"]}
)";

TEST(ExplainedCalls, AreWhatThePolicyDecides) {
    const auto calls = explain_calls(k_policy);
    ASSERT_TRUE(calls) << calls.error().message;
    EXPECT_THAT(calls->allowed, ElementsAre("ReadStreamRequest", "StartContainerRequest"));
    EXPECT_THAT(calls->refused, ElementsAre("ExecProcessRequest", "WriteStreamRequest"));
    EXPECT_THAT(calls->depends, ElementsAre("CreateContainerRequest"));
    EXPECT_THAT(calls->refused_always, ElementsAre("AddSwapPathRequest", "AddSwapRequest", "CopyFileRequest",
                                                   "MemHotplugByProbeRequest", "SetPolicyRequest"));
}

TEST(ExplainedCalls, AreNoneOfAPolicyThatDoesNotLoad) {
    EXPECT_EQ(explain_calls("package agent_policy\nx := y").error().code, Code::invalid_argument);
}

TEST(ExplainedRelease, FindsResourcesInTextsAndInSealedSecrets) {
    const auto sealed =
        "sealed." +
        encoding::to_base64(R"({"alg":"ES256","kid":"kbs:///repo/seal/1"})", encoding::Base64::url) + "." +
        encoding::to_base64(R"({"type":"vault","name":"kbs:///repo/password/1"})", encoding::Base64::url) +
        ".c2ln";
    EXPECT_THAT(resources_in("a kbs:///a/b/c, \"kbs:///a/b/c\" kbs:///too/few kbs:/// " + sealed),
                ElementsAre("kbs:///a/b/c", "kbs:///repo/password/1", "kbs:///repo/seal/1"));
    EXPECT_THAT(resources_in("sealed.!!.?? sealed."), IsEmpty());
}

initdata::Initdata make_initdata(const std::string& entries) {
    return initdata::Initdata::parse("version = '0.1.0'\nalgorithm = 'sha384'\n[data]\n" + entries).value();
}

TEST(ExplainedRelease, IsToTheBrokerThatInitdataPins) {
    const auto data =
        make_initdata("'aa.toml' = \"\"\"\n[token_configs.kbs]\nurl = 'https://b:1'\ncert = '''\n"
                      "-----BEGIN CERTIFICATE-----\nYWJj\n-----END CERTIFICATE-----\n'''\n\"\"\"\n");
    const auto broker = pinned_broker(data);
    ASSERT_TRUE(broker) << broker.error().message;
    EXPECT_EQ(broker->url, "https://b:1");
    EXPECT_THAT(broker->certificates,
                ElementsAre("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")); // of "abc"
    EXPECT_EQ(pinned_broker(make_initdata("")).value().url, "");
}

TEST(ExplainedImages, AreAuthorisedByDigestOrBySignatureOrByNothing) {
    ManifestPod pod;
    for (const auto* image : {"registry/a@sha256:00", "registry/b:latest"}) {
        auto& container = pod.containers.emplace_back();
        container.spec.set_name(image);
        container.spec.set_image(image);
    }
    auto images = explain_images(pod, nullptr, {}).value();
    EXPECT_EQ(images[0].authority, Authority::digest);
    EXPECT_EQ(images[0].detail, "sha256:00");
    EXPECT_EQ(images[1].authority, Authority::none);
    const auto data =
        make_initdata("'cdh.toml' = \"[image]\\nimage_security_policy_uri = 'kbs:///p/q/r'\\n\"\n");
    images = explain_images(pod, &data, {}).value();
    EXPECT_EQ(images[0].authority, Authority::digest);
    EXPECT_EQ(images[1].authority, Authority::signature);
    EXPECT_EQ(images[1].detail, "kbs:///p/q/r");
    EXPECT_EQ(explain_images(pod, nullptr, {"no-equals-sign"}).error().code, Code::invalid_argument);
}

} // namespace
} // namespace redoubt::ctl
