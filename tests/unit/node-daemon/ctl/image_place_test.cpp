// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/image_place.hpp"

#include <gtest/gtest.h>

namespace redoubt::ctl {
namespace {

TEST(ImagePlace, IsSpelledAsPodmanAndSkopeoDo) {
    const auto layout = parse_image_place("oci:/images/app:v1").value();
    EXPECT_EQ(layout.kind, ImagePlace::Kind::layout);
    EXPECT_EQ(layout.path, "/images/app");
    EXPECT_EQ(layout.tag, "v1");
    const auto archive = parse_image_place("oci-archive:app.tar").value();
    EXPECT_EQ(archive.kind, ImagePlace::Kind::archive);
    EXPECT_EQ(archive.path, "app.tar");
    EXPECT_EQ(archive.tag, "");
}

TEST(ImagePlace, MayBeAPathAlone) {
    EXPECT_EQ(parse_image_place("/images/app").value().kind, ImagePlace::Kind::layout);
    EXPECT_EQ(parse_image_place("new.tar").value().kind, ImagePlace::Kind::archive);
}

TEST(ImagePlace, IsRefusedInWordsWhenItIsAnotherTransport) {
    EXPECT_EQ(parse_image_place("docker://busybox").error(),
              (Error{Code::unimplemented,
                     "docker://busybox: only oci: and oci-archive: are supported; copy it by skopeo"}));
    EXPECT_EQ(parse_image_place("oci:").error(), (Error{Code::invalid_argument, "'oci:' names no image"}));
}

} // namespace
} // namespace redoubt::ctl
