// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/mount/layered_rootfs.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace redoubt::guest::mount {
namespace {

Storage upper() {
    return {.driver = "blk",
            .source = "02/00",
            .fstype = "ext4",
            .options = {"rw", "X-kata.overlay-upper", "X-kata.multi-layer=true",
                        "X-kata.mkdir.path={{ mount 0 }}/upper:0755",
                        "X-kata.mkdir.path={{ mount 0 }}/work:0755"},
            .mount_point = "/run/kata-containers/c1/rootfs"};
}

Storage lower(const std::string& source) {
    return {
        .driver = "blk",
        .source = source,
        .fstype = "erofs",
        .options = {"ro", "X-kata.overlay-lower", "X-kata.multi-layer=true", "X-kata.dmverity-enabled=true"},
        .mount_point = "/run/kata-containers/c1/rootfs"};
}

TEST(LayeredRootfs, LeavesOtherStoragesAlone) {
    const auto same = expand_layers({{.driver = "local", .mount_point = "/a"}}, "/run/x");
    ASSERT_TRUE(same);
    ASSERT_EQ(same->size(), 1U);
    EXPECT_EQ(same->front().mount_point, "/a");
}

TEST(LayeredRootfs, IsDisksAndAnOverlayOfThem) {
    const auto made = expand_layers({{.driver = "local", .mount_point = "/before"},
                                     upper(),
                                     lower("03/00"),
                                     lower("04/00"),
                                     {.driver = "local", .mount_point = "/after"}},
                                    "/run/x/multi-layer");
    ASSERT_TRUE(made) << made.error().message;
    ASSERT_EQ(made->size(), 6U);
    EXPECT_EQ(made->at(0).mount_point, "/before");
    EXPECT_EQ(made->at(1).mount_point, "/run/x/multi-layer/lower-0");
    EXPECT_EQ(made->at(1).source, "03/00");
    EXPECT_EQ(made->at(1).options, (std::vector<std::string>{"ro", "X-kata.dmverity-enabled=true"}));
    EXPECT_EQ(made->at(2).mount_point, "/run/x/multi-layer/lower-1");
    EXPECT_EQ(made->at(3).mount_point, "/run/x/multi-layer/upper");
    EXPECT_EQ(made->at(3).options, (std::vector<std::string>{"rw"}));
    const auto& overlay = made->at(4);
    EXPECT_EQ(overlay.driver, "overlayfs");
    EXPECT_EQ(overlay.mount_point, "/run/kata-containers/c1/rootfs");
    EXPECT_EQ(overlay.options,
              (std::vector<std::string>{"lowerdir=/run/x/multi-layer/lower-0:/run/x/multi-layer/lower-1",
                                        "upperdir=/run/x/multi-layer/upper/upper",
                                        "workdir=/run/x/multi-layer/upper/work",
                                        "X-kata.mkdir.path=/run/x/multi-layer/upper/upper:0755",
                                        "X-kata.mkdir.path=/run/x/multi-layer/upper/work:0755"}));
    EXPECT_EQ(made->at(5).mount_point, "/after");
}

TEST(LayeredRootfs, WithoutAnUpperDiskTheGuestsMemoryIsIt) {
    const auto made = expand_layers({lower("03/00")}, "/run/x");
    ASSERT_TRUE(made);
    ASSERT_EQ(made->size(), 2U);
    EXPECT_EQ(made->at(1).options[1], "upperdir=/run/x/upper/upper");
}

TEST(LayeredRootfs, RefusesLayersThatDoNotMakeOneRoot) {
    const auto code = [](std::vector<Storage> storages) {
        const auto made = expand_layers(std::move(storages), "/run/x");
        return made ? Code::unknown : made.error().code;
    };
    EXPECT_EQ(code({upper()}), Code::invalid_argument) << "no lower layer";
    EXPECT_EQ(code({upper(), upper(), lower("03")}), Code::invalid_argument) << "two upper layers";
    auto elsewhere = lower("04");
    elsewhere.mount_point = "/run/kata-containers/c2/rootfs";
    EXPECT_EQ(code({upper(), lower("03"), elsewhere}), Code::invalid_argument);
    auto both = lower("04");
    both.options.emplace_back("X-kata.overlay-upper");
    EXPECT_EQ(code({both}), Code::invalid_argument);
    auto writable = lower("04");
    writable.fstype = "ext4";
    EXPECT_EQ(code({writable}), Code::invalid_argument);
    auto outside = upper();
    outside.options.emplace_back("X-kata.mkdir.path={{ mount 1 }}/x");
    EXPECT_EQ(code({outside, lower("03")}), Code::invalid_argument);
}

} // namespace
} // namespace redoubt::guest::mount
