// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/containers/layer_changes.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace redoubt::containers {
namespace {

namespace fs = std::filesystem;

class LayerChanges : public testing::Test {
  protected:
    LayerChanges() {
        std::string name = testing::TempDir() + "layers-XXXXXX";
        base_ = ::mkdtemp(name.data());
        for (const char* folder : {"top/etc", "bottom/etc", "bottom/bin", "upper"})
            fs::create_directories(base_ / folder);
    }
    ~LayerChanges() override { fs::remove_all(base_); }
    LayerChanges(const LayerChanges&) = delete;
    LayerChanges& operator=(const LayerChanges&) = delete;

    void write(const std::string& path) const {
        fs::create_directories((base_ / path).parent_path());
        std::ofstream(base_ / path) << path;
    }
    void hide(const std::string& path) const {
        fs::create_directories((base_ / path).parent_path());
        ASSERT_EQ(::mknod((base_ / path).c_str(), S_IFCHR, 0), 0);
    }
    std::string changes(const std::vector<std::string>& ignored = {}) const {
        const Layers layers{.upper = base_ / "upper", .lower = {base_ / "top", base_ / "bottom"}};
        const auto all = list_changes(layers, ignored);
        if (!all) return all.error().message;
        std::string text;
        for (const auto& change : *all)
            text += std::string(1, "CAD"[static_cast<int>(change.kind)]) + change.path + " ";
        return text;
    }
    fs::path base_;
};

TEST_F(LayerChanges, TellsAddedFromChangedFromDeleted) {
    write("bottom/etc/passwd");
    write("bottom/bin/sh");
    write("bottom/etc/gone-before");
    hide("top/etc/gone-before");
    write("upper/etc/passwd");
    write("upper/etc/new");
    write("upper/etc/gone-before");
    hide("upper/bin/sh");
    hide("upper/never");
    EXPECT_EQ(changes(), "C/bin D/bin/sh C/etc A/etc/gone-before A/etc/new C/etc/passwd ");
}

TEST_F(LayerChanges, WhatTheRuntimePutThereIsNoChange) {
    write("upper/etc/hosts");
    fs::create_directories(base_ / "upper/proc");
    EXPECT_EQ(changes({"/etc/hosts", "/proc"}), "");
    fs::permissions(base_ / "upper/etc", fs::perms(0700));
    EXPECT_EQ(changes({"/etc/hosts", "/proc"}), "C/etc ");
}

TEST_F(LayerChanges, ComeInAnOrderInWhichOneCanGoOn) {
    write("upper/a/b");
    write("upper/a-b");
    EXPECT_EQ(changes(), "A/a A/a/b A/a-b ");
    EXPECT_TRUE(is_behind("/a/b", "/a"));
    EXPECT_TRUE(is_behind("/a-b", "/a/b"));
    EXPECT_FALSE(is_behind("/a", "/a"));
}

} // namespace
} // namespace redoubt::containers
