// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <gtest/gtest.h>

#include <cstdlib>
#include <format>

#include "common/base/file.hpp"
#include "tests/unit/common/agent_policy/example.hpp"

namespace redoubt::test {
namespace {

namespace bj = boost::json;

/// Compares with tests/golden/common/agent_policy/NAME. With REDOUBT_UPDATE_GOLDEN set, writes it instead.
void expect_golden(const std::string& name, const std::string& text) {
    const char* source = std::getenv("REDOUBT_SOURCE");
    ASSERT_NE(source, nullptr) << "run through ctest, or set REDOUBT_SOURCE to the tree";
    const std::string path = std::string(source) + "/tests/golden/common/agent_policy/" + name;
    if (std::getenv("REDOUBT_UPDATE_GOLDEN") != nullptr) {
        ASSERT_TRUE(write_file(path, text));
        return;
    }
    EXPECT_EQ(text, read_file(path).value_or(""))
        << name << " differs; REDOUBT_UPDATE_GOLDEN=1 writes it anew";
}

TEST(Generate, MakesTheSameBytesOfTheSamePod) {
    const auto policy = policy_of(example_pod(), example_images());
    expect_golden("shop.json", policy.data + "\n");
    EXPECT_EQ(policy.text, policy_of(example_pod(), example_images()).text);
    EXPECT_TRUE(policy.warnings.empty());
}

TEST(Generate, WarnsOfAnImageWithoutADigest) {
    auto pod = example_pod();
    pod.containers[0].image = "registry.example/web:1";
    const auto policy = policy_of(pod, {{pod.containers[0].image, example_images().begin()->second}});
    ASSERT_EQ(policy.warnings.size(), 1U);
    EXPECT_TRUE(
        policy.warnings[0].starts_with("container 'web': image 'registry.example/web:1' is named without"));
}

TEST(Generate, LeavesItToASignatureWhichImageATagMeans) {
    auto pod = example_pod();
    pod.containers[0].image = "registry.example/web:1";
    agent_policy::Images images{{pod.containers[0].image, example_images().begin()->second}};
    images.begin()->second.digest = "sha256:" + std::string(64, 'a');
    const auto sources = [](const agent_policy::GeneratedPolicy& policy) {
        return bj::serialize(bj::parse(policy.data).at("containers").at(1).at("image").at("sources"));
    };
    EXPECT_TRUE(sources(policy_of(pod, images)).contains("@sha256:"));
    const auto policy = policy_of(pod, images, R"({"root": {"authority": "signature"}})");
    EXPECT_TRUE(policy.warnings.empty());
    EXPECT_EQ(sources(policy), R"(["registry.example/web:1"])");
}

TEST(Generate, SaysThatADigestLeavesNothingToASignature) {
    const auto policy = policy_of(example_pod(), example_images(), R"({"root": {"authority": "signature"}})");
    ASSERT_FALSE(policy.warnings.empty());
    EXPECT_TRUE(
        policy.warnings[0].ends_with("is named by its digest, which its signature then has to be of"));
}

TEST(Generate, TakesASignatureForImagesThatAGuestPullsAlone) {
    for (const auto* root :
         {R"({"kind": "layers", "authority": "signature"})", R"({"authority": "anybody"})"}) {
        const auto settings = agent_policy::read_settings(std::format(R"({{"root": {}}})", root));
        ASSERT_TRUE(settings);
        const auto policy = agent_policy::generate_policy(example_pod(), example_images(), settings->root());
        ASSERT_FALSE(policy);
        EXPECT_EQ(policy.error().code, Code::invalid_argument);
    }
}

TEST(Generate, NeedsTheConfigurationOfEveryImage) {
    const auto settings = agent_policy::read_settings("");
    const auto policy = agent_policy::generate_policy(example_pod(), {}, settings->root());
    ASSERT_FALSE(policy);
    EXPECT_EQ(policy.error().code, Code::not_found);
}

TEST(Generate, AuthorisesLayersByTheirRootsInTheirOrder) {
    auto images = example_images();
    auto& facts = images.begin()->second;
    facts.conversion = "redoubt-erofs-1";
    facts.layers = {{.root_hash = std::string(64, '1'), .salt = "00", .data_blocks = 1},
                    {.root_hash = std::string(64, '2'), .salt = "00", .data_blocks = 2}};
    const auto policy = policy_of(example_pod(), images, R"({"root": {"kind": "layers"}})");
    const auto layer = [](char digit, int number, int blocks) {
        return bj::value{{"driver", "scsi"},
                         {"source", "0:" + std::to_string(number)},
                         {"fstype", "erofs"},
                         {"options", {"ro"}},
                         {"driver_options",
                          {"verity_root_hash=" + std::string(64, digit), "verity_salt=00",
                           "verity_data_blocks=" + std::to_string(blocks)}},
                         {"mount_point", "/run/l/" + std::to_string(number)}};
    };
    auto request = example_request();
    auto& storages = request.at("storages").as_array();
    storages[2] = layer('1', 0, 1);
    storages.push_back(layer('2', 1, 2));
    storages.push_back(bj::parse(
        R"({"driver": "ephemeral", "source": "tmpfs", "fstype": "tmpfs", "mount_point": "/run/kata-containers/c1/scratch"})"));
    storages.push_back(bj::parse(
        R"({"driver": "overlayfs", "source": "overlay", "fstype": "overlay", "mount_point": "/run/kata-containers/c1/rootfs",
        "options": ["lowerdir=/run/l/1:/run/l/0", "upperdir=/run/kata-containers/c1/scratch/upper", "workdir=/run/kata-containers/c1/scratch/work"]})"));
    const auto decide = [&](const bj::value& asked) {
        return decider_of(policy)->decide("CreateContainerRequest", bj::serialize(asked));
    };
    EXPECT_TRUE(decide(request).allowed) << decide(request).summary();
    const std::vector<std::pair<const char*, std::string>> changes = {
        {"/storages/5/options/0", R"("lowerdir=/run/l/0:/run/l/1")"},
        {"/storages/5/options/0", R"("lowerdir=/run/l/1")"},
        {"/storages/5/options/0", R"("lowerdir=/run/l/1:/run/l/0:/evil")"},
        {"/storages/5/options/1", R"("upperdir=/evil")"},
        {"/storages/2/driver_options/0", "\"verity_root_hash=" + std::string(64, '3') + "\""},
        {"/storages/2/driver_options/1", R"("verity_salt=01")"},
        {"/storages/2/driver_options", "[]"},
        {"/storages/2/options/0", R"("rw")"},
        {"/storages/4/mount_point", R"("/run/evil")"}};
    for (const auto& [place, value] : changes) {
        auto changed = request;
        changed.set_at_pointer(place, bj::parse(value));
        EXPECT_FALSE(decide(changed).allowed) << place << " " << value;
    }
    storages.erase(storages.begin() + 5);
    EXPECT_FALSE(decide(request).allowed) << "no root folder of layers";
}

/// The example with so many GPUs, and a request with devices and words for them.
bool gets_gpus(std::uint32_t wanted, const std::vector<int>& devices, const std::vector<int>& words) {
    auto pod = example_pod();
    pod.containers[0].gpus = wanted;
    auto request = example_request();
    for (const int number : devices)
        request.at("devices").as_array().push_back({{"container_path", "/dev/vfio/" + std::to_string(number)},
                                                    {"type_", "vfio-pci-gk"},
                                                    {"id", "vfio"},
                                                    {"options", {"0000:41:00.0=02/00"}},
                                                    {"vm_path", ""}});
    int index = 0;
    for (const int number : words)
        request.at("OCI").at("Annotations").as_object()["cdi.k8s.io/vfio" + std::to_string(number)] =
            "nvidia.com/gpu=" + std::to_string(index++);
    return decider_of(policy_of(pod, example_images()))
        ->decide("CreateContainerRequest", bj::serialize(request))
        .allowed;
}

TEST(Generate, GivesAContainerTheGpusItAsksForAndNoOther) {
    EXPECT_TRUE(gets_gpus(1, {5}, {5}));
    EXPECT_TRUE(gets_gpus(2, {5, 6}, {5, 6}));
    EXPECT_TRUE(gets_gpus(1, {}, {5})) << "plugged in before the guest started";
    EXPECT_FALSE(gets_gpus(1, {}, {}));
    EXPECT_FALSE(gets_gpus(1, {5}, {6})) << "a word for another device";
    EXPECT_FALSE(gets_gpus(1, {5, 6}, {5, 6}));
    EXPECT_FALSE(gets_gpus(1, {5}, {}));
    EXPECT_FALSE(gets_gpus(2, {5}, {5, 6}));
    EXPECT_FALSE(gets_gpus(0, {5}, {5}));
    EXPECT_FALSE(gets_gpus(0, {}, {5}));
}

TEST(Generate, LetsAControllersPodsHaveTheNamesTheClusterGives) {
    auto pod = example_pod();
    pod.kind = "StatefulSet";
    pod.pod_name_like = "shop-[0-9]+";
    auto request = example_request();
    const auto allowed = [&](const char* name) {
        request.at("OCI").at("Annotations").as_object()["io.kubernetes.cri.sandbox-name"] = name;
        request.at("OCI").at("Process").at("Args").as_array()[2] = name;
        request.at("OCI").at("Process").at("Env").as_array()[1] = std::string("POD=") + name;
        return decider_of(policy_of(pod, example_images()))
            ->decide("CreateContainerRequest", bj::serialize(request))
            .allowed;
    };
    EXPECT_TRUE(allowed("shop-0"));
    EXPECT_FALSE(allowed("shop"));
    EXPECT_FALSE(allowed("other-0"));
}

} // namespace
} // namespace redoubt::test
