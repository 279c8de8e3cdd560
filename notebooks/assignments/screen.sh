#!/bin/sh
# screen.sh COURSE COMMAND…: starts a kernel. While nbgrader grades (NBGRADER_EXECUTION=autograde), the kernel lives in a mount namespace
# of its own in which the course has nothing but the submission being graded: no solutions, no gradebook (it has the hidden tests), no other
# submissions. It needs Linux and unprivileged user namespaces; elsewhere it says so, and the guide says what to do instead.
course=$1
shift
[ "$NBGRADER_EXECUTION" = autograde ] || exec "$@"
if ! unshare --user --map-root-user --mount true 2>/dev/null; then
  echo "screen.sh: no user namespaces here, so the submission can read the course's files; see the guide for teachers" >&2
  exec "$@"
fi
# The second namespace has no right to undo the mounts of the first one.
exec unshare --user --map-root-user --mount sh -c '
  course=$1
  shift
  here=$PWD
  hide() { [ ! -d "$1" ] || mount -t tmpfs -o size=1m none "$1"; }
  hide "$course/source"
  case $here in
    "$course/autograded/"*)
      mkdir "$course/source/keep" && mount --bind "$here" "$course/source/keep" &&
      hide "$course/autograded" && mkdir -p "$here" && mount --bind "$course/source/keep" "$here" &&
      umount "$course/source/keep" && rmdir "$course/source/keep" && cd "$here" || exit 1 ;;
  esac
  for folder in release submitted feedback; do hide "$course/$folder"; done
  for file in "$course"/gradebook.db*; do [ ! -e "$file" ] || mount --bind /dev/null "$file" || exit 1; done
  exec unshare --user --map-root-user --mount "$@"
' sh "$course" "$@"
